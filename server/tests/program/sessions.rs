//! Sessions from the outside: what a copy of the database is worth, when they end, and that what ended stays ended.

use std::net::TcpListener;

use crate::http::Visitor;
use crate::installation::{DatabaseKind, EMAIL, Installation, PASSWORD, Server, new_account, sql, until, with};
use crate::on_both;
use crate::search::{Search, base64, hex};
use crate::vault::dump;

on_both! {
    a_copy_of_the_database_signs_nobody_in
    signing_out_is_final_while_a_request_runs
}

const REPORT: &str = "/settings/email/smtp";

/// All that somebody has who copies the files and the database.
fn copied(installation: &Installation) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(installation.data_dir()).expect("it is there");
    let paths = files.map(|file| file.expect("it can be read").path());
    let mut all: Vec<_> =
        paths.map(|path| (path.display().to_string(), std::fs::read(&path).expect("it can be read"))).collect();
    if !installation.is_sqlite() {
        all.push(("the dump".to_owned(), dump(installation)));
    }
    all
}

/// The 16 octets that a cookie names in base64url.
fn octets(id: &str) -> [u8; 16] {
    let number = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        _ => 63,
    };
    // 22 letters are 132 bits, of which the last four are nothing.
    let bits = id.bytes().flat_map(|letter| (0..6).rev().map(move |bit| number(letter) >> bit & 1));
    let bits: Vec<u8> = bits.collect();
    let octets = bits.chunks_exact(8).map(|eight| eight.iter().fold(0, |sum, bit| sum << 1 | bit));
    octets.collect::<Vec<u8>>().try_into().expect("16 octets")
}

/// The octets in each way that they can be written: also as numbers, and as a dump writes bytes that are such a text.
fn search_for(octets: [u8; 16]) -> Search {
    let mut search = Search::new();
    let mut reversed = octets;
    reversed.reverse();
    for octets in [octets, reversed] {
        search.add_octets(&octets);
        let numbers = [i128::from_le_bytes(octets).to_string(), u128::from_le_bytes(octets).to_string()];
        let base64 = base64(&octets);
        let for_addresses = base64.replace('+', "-").replace('/', "_");
        for text in numbers.into_iter().chain([base64, for_addresses, hex(&octets)]) {
            search.add(hex(text.as_bytes()).into_bytes());
            search.add(text.into_bytes());
        }
    }
    search
}

fn a_copy_of_the_database_signs_nobody_in(installation: &Installation) {
    let (server, visitor) = installation.served();
    let others = [server.sign_in(), server.sign_in()];
    for visitor in others.iter().chain([&visitor]) {
        // Something is kept in it, and it is used.
        visitor.post_plainly("save_account", &new_account("")).leads_to();
        visitor.page(REPORT).expect_status(200);
        let id = visitor.cookie_named("posthouse").expect("signed in");
        assert_eq!(base64(&octets(id)).replace('+', "-").replace('/', "_"), id, "that is how a cookie names it");
        let search = search_for(octets(id));
        let copied = copied(installation);
        for (place, content) in &copied {
            search.expect_none(place, content);
        }
        let mut known = Search::new();
        known.add_text(EMAIL);
        assert!(copied.iter().any(|(_, content)| known.places(content).next().is_some()), "what is there is found");
    }
}

fn signing_out_is_final_while_a_request_runs(installation: &Installation) {
    let (server, visitor) = installation.served();
    // A proxy that says nothing: who asks it waits.
    let proxy = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    proxy.set_nonblocking(true).expect("it does not wait");
    let port = proxy.local_addr().expect("it listens").port().to_string();
    let connector = [("draft[name]", "Silent"), ("draft[host]", "127.0.0.1"), ("draft[port]", &port), ("form", "New")];
    visitor.post("save_connector", &connector).expect_status(200);
    let form = [("id", "1"), ("draft[host]", "192.0.2.25"), ("draft[port]", "25")];
    let asking = visitor.clone();
    let slow = std::thread::spawn(move || asking.post_plainly("check_connector", &form));
    let held = until("the proxy is asked", || proxy.accept().ok());
    visitor.post::<&str, &str>("sign_out", &[]).expect_status(200);
    drop(held);
    let late = slow.join().expect("it is answered");
    assert_eq!(late.leads_to(), "/settings/email/connectors/1/check");
    assert_eq!(late.cookie(), None, "a session that was begun meanwhile keeps its cookie");
    assert_eq!(visitor.page(REPORT).leads_to(), "/sign-in?next=%2Fsettings%2Femail%2Fsmtp");
    visitor.post("save_account", &new_account("One")).expect_status(401);
    server.sign_in().page(REPORT).expect_status(200);
}

#[test]
fn signing_out_ends_this_session_alone_and_clears_what_the_browser_keeps() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let other = server.sign_in();
    let answer = visitor.post_plainly::<&str, &str>("sign_out", &[]);
    assert_eq!(answer.leads_to(), "/sign-in");
    assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
    let cookie = answer.cookie().expect("it is taken back");
    assert!(cookie.starts_with("posthouse=;") && cookie.contains("Max-Age=0"), "{cookie}");
    visitor.page(REPORT).expect_status(303);
    other.page(REPORT).expect_status(200);
}

/// Moves the last request of every session into the past.
fn idle(installation: &Installation, minutes: i64) {
    sql(&installation.url(), &format!("UPDATE sessions SET seen_at = seen_at - {}", minutes * 60_000_000));
}

#[test]
fn a_session_ends_after_the_time_that_is_set() {
    let installation = Installation::new(DatabaseKind::Postgres);
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.args(["--session-idle", "5", "--session-lifetime", "1"]);
    let server = Server::start(program);
    let visitor = server.set_up();
    for _ in 0..2 {
        idle(&installation, 4);
        visitor.page(REPORT).expect_status(200);
    }
    idle(&installation, 5);
    let page = visitor.page(REPORT);
    assert_eq!(page.leads_to(), "/sign-in?next=%2Fsettings%2Femail%2Fsmtp");
    assert!(page.cookie().is_some_and(|cookie| cookie.starts_with("posthouse=;")), "the cookie goes: {page:?}");
    visitor.post("save_account", &new_account("One")).expect_status(401);

    let visitor = server.sign_in();
    sql(
        &installation.url(),
        "UPDATE sessions SET signed_in_at = signed_in_at - 3540000000, expires_at = expires_at - 3540000000",
    );
    let refused = visitor.post_plainly("save_account", &new_account(""));
    assert_eq!((refused.leads_to(), refused.cookie()), ("/settings/email/smtp/new", None), "a form prolongs nothing");
    sql(
        &installation.url(),
        "UPDATE sessions SET signed_in_at = signed_in_at - 60000000, expires_at = expires_at - 60000000",
    );
    visitor.page(REPORT).expect_status(303);
}

#[test]
fn a_form_that_is_too_large_to_keep_says_so() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let large = "x".repeat(300_000);
    let form = with(&new_account(""), &[("draft[ca]", &large)]);
    let answer = visitor.post_plainly("save_account", &form);
    assert_eq!(answer.leads_to(), "/settings/email/smtp/new");
    let page = visitor.page("/settings/email/smtp/new").expect_status(200).body;
    assert!(page.contains("needs a change") || page.contains("need a change"), "why it was refused: {page}");
    assert!(page.contains("What was typed is more than 256 kB and was not kept."), "{page}");
    assert!(!page.contains(&large[..1_000]));
}

#[test]
fn a_session_is_of_no_use_to_another_person() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    visitor.post_plainly("save_account", &with(&new_account(""), &[("draft[host]", "kept.nordhavn.example")]));
    // Signing in again in the same browser begins a session that knows nothing of the one before.
    let mut again = visitor.clone();
    again.keep(&again.post("sign_in", &[("email", EMAIL), ("password", PASSWORD)]).expect_status(200));
    assert!(!again.page("/settings/email/smtp/new").expect_status(200).body.contains("kept.nordhavn.example"));
    visitor.page(REPORT).expect_status(303);
    let forged = Visitor { cookie: Some("posthouse=AAAAAAAAAAAAAAAAAAAAAA".to_owned()), ..server.visitor() };
    forged.page(REPORT).expect_status(303);
}
