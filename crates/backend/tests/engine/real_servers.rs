//! Postfix and Exim as they are: each case ends where it should, for a cause that is named; and where swaks, asked the
//! same, says that it ends. Greylisting is postgrey's.

use std::process::Command;
use std::time::Duration;

use backend::diagnose;
use model::{Acceptance, ConnectionSecurity, FailureKind, SmtpReport, Stage, TestSend};
use smtp::{OutgoingMessage, ServerSignIn, Target};

use crate::support::postfix::{Exim, Postfix};
use crate::support::{HELLO, address, letter, patient, send, target, test_send};

/// One way to send, and where it ends.
#[derive(Clone)]
struct Case {
    what: &'static str,
    security: ConnectionSecurity,
    port: u16,
    recipient: &'static str,
    password: Option<&'static str>,
    /// The stage, and the name of the cause.
    ends: Option<(Stage, &'static str)>,
}

impl Case {
    fn new(what: &'static str, security: ConnectionSecurity, port: u16) -> Self {
        Self { what, security, port, recipient: "to@example.test", password: None, ends: None }
    }

    fn to(self, recipient: &'static str) -> Self {
        Self { recipient, ..self }
    }

    fn signed_in(self, password: &'static str) -> Self {
        Self { password: Some(password), ..self }
    }

    fn ends(self, stage: Stage, key: &'static str) -> Self {
        Self { ends: Some((stage, key)), ..self }
    }

    fn target(&self) -> Target {
        let sign_in = self.password.map(|password| ServerSignIn {
            user_name: "ops@example.test".to_owned(),
            secret: password.into(),
            mechanism: Some(model::Mechanism::Plain),
            plain_in_clear: true,
            verified_only: false,
        });
        Target { sign_in, ..target(self.port, self.security) }
    }

    fn letter(&self) -> OutgoingMessage {
        OutgoingMessage { recipients: vec![address(self.recipient)], ..letter() }
    }

    /// Ends where it should, for the cause that it should.
    async fn check(&self) -> SmtpReport {
        let report = send(&self.target(), &self.letter(), HELLO, &patient()).await;
        let failed_at = report.failure.as_ref().map(|failure| failure.stage);
        let what = self.what;
        assert_eq!(failed_at, self.ends.map(|(stage, _)| stage), "{what}: {:?}", report.transcript);
        assert_eq!(report.taken, if self.ends.is_none() { Acceptance::Yes } else { Acceptance::No }, "{what}");
        let test = TestSend { recipient: address(self.recipient), ..test_send(self.port, self.security) };
        let found = diagnose(&test, &report).map(|found| found.key);
        assert_eq!(found.as_deref(), self.ends.map(|(_, key)| key), "{what}: {:?}", report.failure);
        report
    }

    /// Where swaks says that the same ends.
    fn asked_of_swaks(&self) -> Option<Stage> {
        let mut swaks = Command::new("swaks");
        swaks.args(["--server", "127.0.0.1", "--port", &self.port.to_string(), "--timeout", "20"]);
        swaks.args(["--helo", HELLO, "--from", "bounces@nordhavn.example", "--to", self.recipient]);
        match self.security {
            ConnectionSecurity::None => {}
            ConnectionSecurity::StartTls => drop(swaks.arg("--tls")),
            ConnectionSecurity::ImplicitTls => drop(swaks.arg("--tls-on-connect")),
        }
        if let Some(password) = self.password {
            swaks.args(["--auth", "PLAIN", "--auth-user", "ops@example.test", "--auth-password", password]);
        }
        let output = swaks.output().expect("swaks runs");
        let said = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => None,
            Some(2) => Some(Stage::Tcp),
            Some(21) => Some(Stage::Greeting),
            Some(22) => Some(Stage::Ehlo),
            Some(23) => Some(Stage::Mail),
            Some(24) => Some(Stage::Rcpt),
            Some(25 | 26) => Some(Stage::Data),
            Some(28) => Some(Stage::Auth),
            Some(29) => Some(Stage::Tls),
            Some(32) => Some(Stage::EhloAgain),
            code => panic!("{}: swaks ends with {code:?}: {said}", self.what),
        }
    }
}

/// What both servers do alike.
fn cases(clear: u16, implicit: u16) -> Vec<Case> {
    use ConnectionSecurity::{ImplicitTls, None, StartTls};
    vec![
        Case::new("clear text", None, clear),
        Case::new("STARTTLS", StartTls, clear),
        Case::new("implicit TLS", ImplicitTls, implicit),
        Case::new("signed in", StartTls, clear).signed_in("s3cret"),
        Case::new("signed in over implicit TLS", ImplicitTls, implicit).signed_in("s3cret"),
        Case::new("a wrong password", StartTls, clear).signed_in("wrong").ends(Stage::Auth, "wrong-password"),
        Case::new("relay denied", StartTls, clear).to("someone@elsewhere.example").ends(Stage::Rcpt, "relay-denied"),
        Case::new("TLS on a clear port", ImplicitTls, clear).ends(Stage::Tls, "clear-text-port"),
        Case::new("nothing listens", None, 1).ends(Stage::Tcp, "connection-refused"),
    ]
}

fn of_postfix(postfix: &Postfix) -> Vec<Case> {
    let mut all = cases(postfix.clear, postfix.implicit);
    let unknown = Case::new("an unknown user", ConnectionSecurity::StartTls, postfix.clear).to("nobody@known.test");
    all.push(unknown.ends(Stage::Rcpt, "no-such-recipient"));
    all
}

fn of_exim(exim: &Exim) -> Vec<Case> {
    let mut all = cases(exim.clear, exim.implicit);
    let at = |what| Case::new(what, ConnectionSecurity::StartTls, exim.clear);
    all.push(at("an unknown user").to("nobody@example.test").ends(Stage::Rcpt, "no-such-recipient"));
    all.push(at("a full mailbox").to("full@example.test").ends(Stage::Rcpt, "mailbox-full"));
    all
}

#[tokio::test]
async fn postfix_is_told_by_its_own_words() {
    for case in of_postfix(&Postfix::find()) {
        case.check().await;
    }
}

#[tokio::test]
async fn exim_is_told_by_its_own_words() {
    for case in of_exim(&Exim::find()) {
        let report = case.check().await;
        assert_eq!(report.queue_id.is_some(), case.ends.is_none(), "Exim names the message: {:?}", report.final_reply);
    }
}

#[test]
fn swaks_agrees_about_every_stage() {
    let cases = [of_postfix(&Postfix::find()), of_exim(&Exim::find())].concat();
    for case in cases {
        let theirs = case.asked_of_swaks();
        assert_eq!(theirs, case.ends.map(|(stage, _)| stage), "{}", case.what);
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_not_begun() {
    let (postfix, exim) = (Postfix::find(), Exim::find());
    for (port, limit) in [(postfix.clear, 10_240_000), (exim.clear, 102_400)] {
        let line = format!("{}\r\n", "x".repeat(76));
        let body = line.repeat(usize::try_from(limit).expect("a size") / line.len() + 1);
        let mut letter = letter();
        letter.message.extend_from_slice(body.as_bytes());
        let report = send(&target(port, ConnectionSecurity::StartTls), &letter, HELLO, &patient()).await;
        let failure = report.failure.expect("it is too large");
        let FailureKind::TooLarge { message, limit: told } = failure.kind else { panic!("{failure:?}") };
        assert_eq!((failure.stage, told), (Stage::Mail, limit));
        assert!(message > limit && report.taken == Acceptance::No);
    }
}

#[tokio::test]
async fn greylisting_is_told_and_passes() {
    let postfix = Postfix::find();
    // Nobody has written to this address before.
    let now = std::time::UNIX_EPOCH.elapsed().expect("the clock is right").as_nanos();
    let letter = OutgoingMessage { recipients: vec![address(&format!("to-{now}@example.test"))], ..letter() };
    let target = target(postfix.greylists, ConnectionSecurity::StartTls);
    let report = send(&target, &letter, HELLO, &patient()).await;
    let test = test_send(postfix.greylists, ConnectionSecurity::StartTls);
    let found = diagnose(&test, &report).expect("it failed");
    assert_eq!((found.key.as_str(), found.temporary), ("greylisted", true), "{found:?}");
    assert!(found.fixes[0].text.contains("2 seconds"), "{found:?}");
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        if send(&target, &letter, HELLO, &patient()).await.taken == Acceptance::Yes {
            return;
        }
    }
    panic!("it is put off for ever");
}
