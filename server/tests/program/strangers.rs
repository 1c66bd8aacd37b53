//! People who are not signed in store nothing, send little, and show nobody words of their own.

use crate::http::Visitor;
use crate::installation::{EMAIL, Installation, Server, ask};
use crate::on_both;
use crate::search::absent;

on_both! {
    a_thousand_refused_forms_leave_no_row_and_no_octet
}

/// Parts of it are in the database, if any of it is.
const TYPED: &str = "stranger-canary@nordhavn.example";

/// How large the database is, of which nothing is in a log of its own any more.
fn octets(installation: &Installation) -> u64 {
    if installation.is_sqlite() {
        std::fs::metadata(installation.data_dir().join("posthouse.db")).expect("it is there").len()
    } else {
        let size = "SELECT pg_total_relation_size('sessions') + pg_total_relation_size('kept_forms')";
        ask(&installation.url(), size).parse().expect("a number")
    }
}

fn refuse(stranger: &Visitor, function: &str) {
    let form = [("token", "none"), ("email", TYPED), ("password", "a wrong password")];
    let answer = stranger.post_plainly(function, &form);
    let page = if function == "sign_in" { "/sign-in" } else { "/set-up?token=none" };
    assert_eq!(answer.leads_to(), page);
    let cookies: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    assert!(cookies.len() == 1 && cookies[0].1.starts_with("posthouse-note="), "{answer:?}");
    assert!(cookies[0].1.ends_with("; Path=/; Max-Age=60; SameSite=Lax; HttpOnly"), "{answer:?}");
}

fn a_thousand_refused_forms_leave_no_row_and_no_octet(installation: &Installation) {
    let server = installation.serve();
    server.set_up().post::<&str, &str>("sign_out", &[]).expect_status(200);
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
    let before = octets(installation);
    let server = installation.serve();
    let stranger = server.visitor();
    for number in 0..1_000 {
        refuse(&stranger, if number % 10 == 0 { "sign_in" } else { "set_up" });
    }
    for page in ["/sign-in", "/set-up", "/settings/email/smtp"] {
        assert_eq!(stranger.page(page).cookie(), None, "{page}");
    }
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
    assert_eq!(octets(installation), before);
    if installation.is_sqlite() {
        let file = std::fs::read(installation.data_dir().join("posthouse.db")).expect("it can be read");
        absent("the database", &file, TYPED);
    } else {
        let rows = "SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM kept_forms)";
        assert_eq!(ask(&installation.url(), rows), "0");
    }
}

#[test]
fn what_strangers_send_is_small() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let large = "a".repeat(900_000);
    for function in ["sign_in", "set_up", "set_theme"] {
        let form = [("token", "x"), ("password", "x"), ("theme", "dark"), ("email", large.as_str())];
        for who in [server.visitor(), visitor.clone()] {
            let answer = who.post_plainly(function, &form).expect_status(413);
            assert!(answer.body.contains("This is more than 8 kB."), "{}", answer.body);
            who.post(function, &form).expect_status(413);
        }
        let form = [("email", &large[..9_000])];
        server.visitor().post(function, &form).expect_status(413);
    }
    let form = [("email", &large[..7_000]), ("password", "x")];
    server.visitor().post("sign_in", &form).expect_status(403);
}

#[test]
fn an_address_is_shown_again_as_far_as_one_may_be() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    let mut stranger = server.visitor();
    let long = format!("{}{}", "ü".repeat(126), "x".repeat(5_000));
    stranger.keep(&stranger.post_plainly("sign_in", &[("email", long.as_str()), ("password", "x")]));
    let page = stranger.page("/sign-in").expect_status(200).body;
    assert!(page.contains(&format!("value=\"{}xx\"", "ü".repeat(126))), "{page}");
    let note = stranger.cookie_named("posthouse-note").expect("it is kept by the browser");
    assert!(note.len() < 2_000, "{}", note.len());
}

#[test]
fn nobody_else_writes_what_the_page_says() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    let refused = |email: &str| {
        let mut stranger = server.visitor();
        stranger.keep(&stranger.post_plainly("sign_in", &[("email", email), ("password", "x")]));
        stranger
    };
    let stranger = refused(EMAIL);
    assert!(stranger.page("/sign-in").body.contains("E-mail or password is wrong."));
    assert!(!stranger.page("/set-up?token=x").body.contains("role=\"alert\""), "it is for its own page");
    let note = stranger.cookie_named("posthouse-note").expect("it is kept by the browser").to_owned();
    let other = refused("x@y.example").cookie_named("posthouse-note").expect("it is kept by the browser").to_owned();
    let mixed = format!("{}{}", &note[..43], &other[43..]);
    for forged in ["", "x", "e30", &mixed, &note[..note.len() - 8]] {
        let stranger = Visitor { cookie: Some(format!("posthouse-note={forged}")), ..server.visitor() };
        let page = stranger.page("/sign-in").expect_status(200).body;
        assert!(!page.contains("role=\"alert\"") && !page.contains("x@y.example"), "{forged}: {page}");
    }
    for query in ["?problem=Call+evil", "?__err=Call+evil", "?next=/&error=Call+evil"] {
        let page = server.visitor().page(&format!("/sign-in{query}")).expect_status(200).body;
        assert!(!page.contains("role=\"alert\""), "{query}");
    }
    // The server's other instances, and the next one, know the note as well: its key is in the database.
    drop(server);
    let again = installation.serve();
    let stranger = Visitor { address: again.address.clone(), ..stranger };
    assert!(stranger.page("/sign-in").body.contains("E-mail or password is wrong."));
}

#[test]
fn over_https_no_neighbour_writes_the_note() {
    let installation = Installation::sqlite();
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.args(["--base-url", "https://posthouse.example"]);
    let server = Server::start(program);
    let mut stranger = server.visitor().by_name("https", "posthouse.example");
    let answer = stranger.post_plainly("sign_in", &[("email", EMAIL), ("password", "x")]);
    let cookie = answer.cookie().expect("the browser keeps why");
    assert!(cookie.starts_with("__Host-posthouse-note=") && cookie.ends_with("; HttpOnly; Secure"), "{cookie}");
    stranger.keep(&answer);
    assert!(stranger.page("/sign-in").body.contains("E-mail or password is wrong."));
    stranger.cookie = stranger.cookie.map(|cookie| cookie.replace("__Host-", ""));
    assert!(!stranger.page("/sign-in").body.contains("role=\"alert\""), "a cookie without the prefix is not read");
}
