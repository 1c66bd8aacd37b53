//! A database that is gone while the server runs: it says so with 503, tells nobody to sign in, and finds it again.

use model::Problem;
use serde_json::json;

use crate::installation::{DatabaseKind, EMAIL, Installation, PASSWORD, base, new_account, sql, until};

const NO_ANSWER: &str = "The database did not answer in time. Nothing was changed; try again.";

/// Takes the database away from the server, as an administrator would, or gives it back.
fn rename(from: &str, to: &str) {
    sql(&base(), &format!("ALTER DATABASE {from} ALLOW_CONNECTIONS false"));
    let end = format!("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{from}'");
    sql(&base(), &end);
    sql(&base(), &format!("ALTER DATABASE {from} RENAME TO {to}"));
    sql(&base(), &format!("ALTER DATABASE {to} ALLOW_CONNECTIONS true"));
}

#[test]
fn a_database_that_is_gone_is_told_and_found_again() {
    let installation = Installation::new(DatabaseKind::Postgres);
    let (server, visitor) = installation.served();
    visitor.post("save_account", &new_account("Before")).expect_status(200);
    assert_eq!(visitor.page("/readyz").expect_status(200).body, "ready\n");
    let away = format!("{}_away", installation.database());
    rename(installation.database(), &away);

    assert_eq!(visitor.page("/livez").expect_status(200).body, "alive\n");
    // What was found before holds for a second.
    let unready = until("it is not ready", || Some(visitor.page("/readyz")).filter(|answer| answer.status == 503));
    assert_eq!(unready.body, format!("{NO_ANSWER}\n"));
    for path in ["/", "/settings/email/smtp", "/settings/email/smtp/new", "/settings/email/smtp/1/edit"] {
        let page = visitor.page(path).expect_status(503);
        assert!(page.body.contains(NO_ANSWER), "{path}: {}", page.body);
    }
    let unavailable = Problem::Unavailable(NO_ANSWER.to_owned());
    let saved = visitor.post("save_account", &new_account("Meanwhile")).expect_status(503);
    assert_eq!(saved.json::<Problem>(), unavailable);
    let listed =
        visitor.call("list_accounts", &json!({ "filter": model::AccountFilter::default() })).expect_status(503);
    assert_eq!(listed.json::<Problem>(), unavailable);
    let page = visitor.post_plainly("save_account", &new_account("Meanwhile")).expect_status(503);
    assert!(page.body.contains(NO_ANSWER) && page.header("content-type") == Some("text/html; charset=utf-8"));

    // What needs no database is there; who signs in is told.
    server.visitor().page("/sign-in").expect_status(200);
    server.visitor().page("/settings/email/smtp").expect_status(303);
    server.try_sign_in(EMAIL, PASSWORD).expect_status(503);
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let refused = server.visitor().post_plainly("sign_in", &form);
    assert_eq!(refused.leads_to(), "/sign-in");
    let mut stranger = server.visitor();
    stranger.keep(&refused);
    let page = stranger.page("/sign-in").expect_status(200);
    assert!(page.body.contains("The database did not answer"), "{page:?}");

    rename(&away, installation.database());
    until("it is ready", || Some(visitor.page("/readyz")).filter(|answer| answer.status == 200));
    let page = visitor.page("/settings/email/smtp").expect_status(200);
    assert!(page.body.contains("Before") && !page.body.contains("Meanwhile"), "the store is as it was");
    visitor.post("save_account", &new_account("After")).expect_status(200);
    server.sign_in();
}
