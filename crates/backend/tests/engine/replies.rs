//! Replies that servers really gave (`replies.toml`), each said at its stage by a scripted server over a real
//! connection, TLS included: the diagnosis names the cause that its words and codes stand for.

use backend::diagnose;
use model::{ConnectionSecurity, Diagnosis, FoundBy, Mechanism, SmtpReport, Stage};
use serde::Deserialize;
use smtp::Target;

use crate::support::scripted::{Act, Point, Script};
use crate::support::{HELLO, letter, patient, send, sign_in, target, test_send};

#[derive(Deserialize)]
struct Replies {
    reply: Vec<Case>,
}

/// A reply, and what is to be made of it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Of the table of causes.
    row: u8,
    stage: String,
    lines: Vec<String>,
    key: String,
    /// Whose own rules know it.
    #[serde(default)]
    provider: String,
    /// The reply does not settle its cause: it is to be offered, not named.
    #[serde(default)]
    possible: bool,
    source: String,
}

fn cases() -> Vec<Case> {
    toml::from_str::<Replies>(include_str!("replies.toml")).expect("the file is right").reply
}

fn point(stage: &str) -> (Point, Stage) {
    match stage {
        "greeting" => (Point::Greeting, Stage::Greeting),
        "ehlo" => (Point::Ehlo, Stage::Ehlo),
        "tls" => (Point::StartTls, Stage::Tls),
        "auth" => (Point::Auth, Stage::Auth),
        "mail" => (Point::Mail, Stage::Mail),
        "rcpt" => (Point::Rcpt, Stage::Rcpt),
        "data" => (Point::AfterDot, Stage::Data),
        other => panic!("no stage {other}"),
    }
}

/// What a server that says this at that point is found to suffer from.
async fn diagnosed(security: ConnectionSecurity, says: &[(Point, String)]) -> (SmtpReport, Diagnosis) {
    let mut script = Script::new(security);
    script.offers.push("AUTH PLAIN");
    for (point, text) in says {
        script = script.act(*point, Act::Say(text.clone().into_bytes().leak()));
    }
    let (port, _served) = script.start().await;
    let target = Target { sign_in: Some(sign_in(Some(Mechanism::Plain))), ..target(port, security) };
    let report = send(&target, &letter(), HELLO, &patient()).await;
    let found = diagnose(&test_send(port, security), &report);
    let found = found.unwrap_or_else(|| panic!("it fails: {says:?} {report:?}"));
    (report, found)
}

#[tokio::test]
async fn each_real_reply_is_told_by_its_cause() {
    let mut wrong = Vec::new();
    for case in cases() {
        let (point, stage) = point(&case.stage);
        let mut lines = case.lines.clone();
        // Of some replies not every line was recorded: the last that was ends it.
        if let Some(last) = lines.last_mut().filter(|last| last.as_bytes().get(3) == Some(&b'-')) {
            last.replace_range(3..4, " ");
        }
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        let mut says = vec![(point, text)];
        match case.provider.as_str() {
            "" => {}
            "Microsoft 365" => says.push((Point::Greeting, "220 AM0.outlook.office365.com Microsoft\r\n".to_owned())),
            "Gmail" => says.push((Point::Greeting, "220 smtp.gmail.com ESMTP - gsmtp\r\n".to_owned())),
            "Amazon SES" => says.push((Point::Greeting, "220 email-smtp.amazonaws.com ESMTP\r\n".to_owned())),
            other => panic!("no greeting of {other}"),
        }
        let security =
            if case.key == "encryption-wanted" { ConnectionSecurity::None } else { ConnectionSecurity::StartTls };
        let (report, found) = diagnosed(security, &says).await;
        let at = report.failure.as_ref().map(|failure| failure.stage);
        let named = found.provider.as_ref().map_or("", |facts| facts.name.as_str());
        assert!(case.source.starts_with("http"), "{:?} has no source", case.lines);
        assert!(!found.cause.is_empty() && !found.fixes.is_empty(), "{:?}: {found:?}", case.lines);
        assert_eq!((at, found.found_by), (Some(stage), FoundBy::Server), "{:?}", case.lines);
        let offered = found.key == "unknown" && found.possibilities.iter().any(|one| one.key == case.key);
        let right = if case.possible { offered } else { found.key == case.key };
        if !right || named != case.provider {
            wrong.push(format!("row {} {:?}: {} by {named:?}, not {}", case.row, case.lines, found.key, case.key));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of the table that are about replies alone, with what little they are told apart by.
#[test]
fn each_row_has_three_replies_at_least() {
    let cases = cases();
    for row in [10, 12, 15, 16, 22, 23, 24, 25, 26, 27, 28, 30, 31, 32, 33, 35, 36, 37, 38, 39, 40, 41, 42, 43] {
        let count = cases.iter().filter(|case| case.row == row).count();
        assert!(count >= 3, "row {row} has {count}");
    }
}

#[tokio::test]
async fn words_of_another_cause_in_an_ordinary_line_change_nothing() {
    let banner =
        "220 mx1.example.org ESMTP NO UCE, NO UNSOLICITED BULK MAIL; relay access denied; spamhaus\r\n".to_owned();
    let refusal = "550 5.1.1 <to@example.org>: Recipient address rejected: User unknown\r\n".to_owned();
    let (_, found) =
        diagnosed(ConnectionSecurity::StartTls, &[(Point::Greeting, banner), (Point::Rcpt, refusal)]).await;
    assert_eq!(found.key, "no-such-recipient");
    assert!(found.fixes[0].text.contains("The account itself works"), "{found:?}");
}

#[tokio::test]
async fn what_nobody_knows_is_said_to_be_unknown() {
    let words = "571 Delivery not authorized by the moon\r\n".to_owned();
    let (_, found) = diagnosed(ConnectionSecurity::StartTls, &[(Point::AfterDot, words)]).await;
    assert_eq!(found.key, "unknown");
    assert!(found.cause.contains("not known") && found.explanation.contains("by the moon"), "{found:?}");
}

#[tokio::test]
async fn a_wait_that_the_server_names_comes_first() {
    let words = "450 4.2.0 <to@example.org>: Recipient address rejected: Greylisted for 5 minutes\r\n".to_owned();
    let (_, found) = diagnosed(ConnectionSecurity::StartTls, &[(Point::Rcpt, words)]).await;
    assert!(found.temporary && found.fixes[0].text.contains("5 minutes"), "{found:?}");
}

#[tokio::test]
async fn a_clear_text_account_is_offered_starttls_where_the_server_wants_it() {
    let words = "530 5.7.0 Must issue a STARTTLS command first\r\n".to_owned();
    let (_, found) = diagnosed(ConnectionSecurity::None, &[(Point::Mail, words)]).await;
    let labels: Vec<_> = found.fixes.iter().filter_map(|fix| fix.remedy.as_ref()).map(model::Remedy::label).collect();
    assert_eq!(labels, ["Use STARTTLS on port 587 and test again"]);
}
