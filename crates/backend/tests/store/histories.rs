//! The history of an account's tests, and what the account keeps of the certificate that its server showed.

use model::history::Part;
use model::{
    AccountDraft, AccountId, Actor, Filter, HistoryFilter, HistoryRow, ListPage, Moment, Problem, TestEnd,
    TestSendDraft, YesNo,
};

use crate::context::{TestContext, draft};
use crate::on_both;
use crate::sink::Sink;
use crate::support::certificates::pinnable;
use crate::support::scripted::Script;

on_both! {
    every_test_of_an_account_is_listed_and_found_by_what_it_was
    a_test_without_an_end_is_running_and_then_not_known
    a_certificate_that_ends_soon_is_warned_of_until_the_server_is_another
}

async fn listed(context: &TestContext, actor: &Actor, id: AccountId, query: &str) -> ListPage<HistoryRow> {
    context.backend.list_tests(actor, id, &HistoryFilter::from_query(query)).await.expect("the history is there").list
}

async fn account(context: &TestContext, actor: &Actor, port: u16) -> AccountId {
    let clear = AccountDraft {
        host: "127.0.0.1".to_owned(),
        port: port.to_string(),
        safe_connection: YesNo::No,
        ..draft(&format!("At {port}"))
    };
    context.create(actor, &clear).await
}

async fn every_test_of_an_account_is_listed_and_found_by_what_it_was(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(true).await);
    let (id, closed) = (account(context, &actor, sink.port).await, account(context, &actor, 1).await);
    let message = TestSendDraft::prefilled("to@nordhavn.example");
    assert_eq!(listed(context, &actor, id, "").await.total, 0);
    let test = async |id, stop_after: &str| {
        let message = TestSendDraft { stop_after: stop_after.to_owned(), ..message.clone() };
        context.backend.send_test(&actor, id, &message).await.expect("it ends").id
    };
    let (sent, checked, failed) = (test(id, "").await, test(id, "recipient").await, test(closed, "").await);
    // All are the first account's from now on, with one of another person and day.
    context.execute(&format!("UPDATE test_sends SET account_id = {id}")).await;
    context
        .execute(&format!(
            "UPDATE test_sends SET sent_by = 'o_ps%x@nordhavn.example', sent_at = 0 WHERE id = {checked}"
        ))
        .await;

    let page = listed(context, &actor, id, "").await;
    let all: Vec<_> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!((all, page.total, page.matching), (vec![failed, checked, sent], 3, 3), "the newest first");
    let [first, second, third] = page.rows.as_slice() else { panic!("three rows") };
    assert_eq!((first.ended, first.outcome().as_str()), (Some(TestEnd::Failed), "Failed at TCP"));
    assert_eq!((second.ended, third.ended), (Some(TestEnd::Checked), Some(TestEnd::Accepted)));
    assert!(third.parts[Part::Message as usize] > 0 && third.took >= third.parts.iter().sum(), "{third:?}");
    assert_eq!(second.server, format!("127.0.0.1:{}", sink.port));

    for (query, found) in [
        ("ended=failed", vec![failed]),
        ("ended=accepted", vec![sent]),
        ("ended=checked", vec![checked]),
        ("ended=unknown", vec![]),
        ("failed_at=tcp", vec![failed]),
        ("failed_at=tls", vec![]),
        ("by=OPS@", vec![failed, sent]),
        ("by=o_ps%25", vec![checked]),
        ("by=o%25s", vec![]),
        ("from=1970-01-01&to=1970-01-01", vec![checked]),
        ("from=2000-01-01", vec![failed, sent]),
        ("to=1969-12-31", vec![]),
    ] {
        let page = listed(context, &actor, id, query).await;
        let rows: Vec<_> = page.rows.iter().map(|row| row.id).collect();
        assert_eq!((rows, page.matching), (found.clone(), found.len() as u64), "{query}");
    }

    // More than one page.
    let copy =
        "INSERT INTO test_sends (account_id, account_name, sent_by, sent_at, recipient, subject, host, port, security)
        SELECT account_id, account_name, sent_by, sent_at, recipient, subject, host, port, security FROM test_sends";
    for _ in 0..4 {
        context.execute(copy).await;
    }
    let page = listed(context, &actor, id, "page=9").await;
    assert_eq!((page.page, page.pages, page.total), (2, 2, 48), "the last page where the address asks for more");
    assert_eq!(page.rows.len() as u64, 48 - 25);
    let missing = context.backend.list_tests(&actor, AccountId(99), &HistoryFilter::default()).await;
    assert!(matches!(missing, Err(Problem::NotFound(_))), "{missing:?}");
}

async fn a_test_without_an_end_is_running_and_then_not_known(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(true).await);
    let id = account(context, &actor, sink.port).await;
    let message = TestSendDraft::prefilled("to@nordhavn.example");
    context.backend.send_test(&actor, id, &message).await.expect("it is sent");
    context.execute("UPDATE test_sends SET ended = NULL, taken = NULL, report = NULL").await;
    let row = listed(context, &actor, id, "").await.rows.remove(0);
    assert_eq!((row.ended, row.outcome().as_str()), (None, "Running"));
    assert_eq!(listed(context, &actor, id, "ended=unknown").await.matching, 0);
    context.execute("UPDATE test_sends SET sent_at = sent_at - 3600000000").await;
    let page = listed(context, &actor, id, "ended=unknown").await;
    assert_eq!(page.rows.first().and_then(|row| row.ended), Some(TestEnd::Unknown), "its server was stopped");
}

async fn a_certificate_that_ends_soon_is_warned_of_until_the_server_is_another(context: &TestContext) {
    let actor = context.actor().await;
    let mut script = Script::new(model::ConnectionSecurity::StartTls);
    let (tls, _) = pinnable(&["127.0.0.1"], 2020..2100);
    script.tls = tls;
    let (port, served) = script.start().await;
    let encrypted = AccountDraft {
        host: "127.0.0.1".to_owned(),
        port: port.to_string(),
        ignore_certificate: YesNo::Yes,
        ..draft("Encrypted")
    };
    let id = context.create(&actor, &encrypted).await;
    let warnings = async || context.list(&actor, "").await.rows.remove(0).warnings;
    assert!(warnings().await.is_empty(), "nothing was shown yet");
    context.backend.send_test(&actor, id, &TestSendDraft::prefilled("to@nordhavn.example")).await.expect("it is sent");
    served.await.expect("the server ends");
    assert!(warnings().await.is_empty(), "until 2100 there is time");

    let until = Moment::of_day("2100-01-01").expect("a day");
    let soon = format!("UPDATE accounts SET certificate_until = certificate_until - {} WHERE id = {id}", until.0);
    context.execute(&soon).await;
    assert_eq!(warnings().await, ["Certificate has expired"]);

    let save = async |change: fn(&mut AccountDraft)| {
        let mut form = context.backend.find_account(&actor, id).await.expect("it is there");
        change(&mut form.draft);
        context.backend.update_account(&actor, id, form.version, &form.draft).await.expect("it is saved");
    };
    save(|draft| draft.name = "Renamed".to_owned()).await;
    assert_eq!(warnings().await, ["Certificate has expired"], "the server is the same");
    save(|draft| draft.port = "2525".to_owned()).await;
    assert!(warnings().await.is_empty(), "the server is another one");
}
