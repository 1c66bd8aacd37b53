//! Servers that know less than today's, and servers whose replies take themselves back.

use backend::diagnose;
use model::{Acceptance, ConnectionSecurity, FailureKind, Mechanism, Stage, StageState};
use smtp::Target;

use crate::support::scripted::{Act, Point, Script};
use crate::support::{HELLO, letter, patient, send, sign_in, target, test_send};

#[tokio::test]
async fn a_server_without_ehlo_is_greeted_by_helo() {
    for unknown in [b"500 Command unrecognized\r\n".as_slice(), b"502 5.5.1 Not implemented\r\n"] {
        let script = Script::new(ConnectionSecurity::None).act(Point::Ehlo, Act::Say(unknown));
        let (port, served) = script.start().await;
        let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None));
        let ehlo = report.stages.iter().find(|entry| entry.stage == Stage::Ehlo).expect("it took place");
        assert_eq!((ehlo.state, ehlo.fact.as_str()), (StageState::Done, "Knows HELO alone: no extension"));
        let heard = served.await.expect("the server ends").commands;
        let sender = "MAIL FROM:<bounces@nordhavn.example>".to_owned();
        assert_eq!(heard[..3], [format!("EHLO {HELLO}"), format!("HELO {HELLO}"), sender]);
    }
}

#[tokio::test]
async fn what_a_server_without_ehlo_lacks_is_said() {
    let unencrypted = target(0, ConnectionSecurity::StartTls);
    let signs_in = Target { sign_in: Some(sign_in(Some(Mechanism::Plain))), ..target(0, ConnectionSecurity::None) };
    for (needs, stage) in [(unencrypted, Stage::Tls), (signs_in, Stage::Auth)] {
        let script = Script::new(ConnectionSecurity::None).act(Point::Ehlo, Act::Say(b"500 Command unrecognized\r\n"));
        let (port, _served) = script.start().await;
        let security = needs.security;
        let report = send(&Target { port, ..needs }, &letter(), HELLO, &patient()).await;
        assert_eq!(report.failure.as_ref().map(|failure| failure.stage), Some(stage));
        let found = diagnose(&test_send(port, security), &report).expect("it failed");
        assert!(found.explanation.contains("only HELO"), "{found:?}");
    }
}

#[tokio::test]
async fn a_name_that_ehlo_refuses_is_not_tried_by_helo() {
    let refusal = b"501 5.5.4 Invalid domain name\r\n";
    let (port, served) = Script::new(ConnectionSecurity::None).act(Point::Ehlo, Act::Say(refusal)).start().await;
    let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
    assert_eq!(report.failure.map(|failure| (failure.stage, failure.kind)), Some((Stage::Ehlo, FailureKind::Refused)));
    assert_eq!(served.await.expect("the server ends").commands, [format!("EHLO {HELLO}"), "QUIT".to_owned()]);
}

#[tokio::test]
async fn a_success_that_its_enhanced_code_takes_back_is_a_refusal() {
    let reply: &[u8] = b"250 5.7.1 Message refused by policy\r\n";
    for (point, stage) in [(Point::Mail, Stage::Mail), (Point::Rcpt, Stage::Rcpt), (Point::AfterDot, Stage::Data)] {
        let (port, _served) = Script::new(ConnectionSecurity::None).act(point, Act::Say(reply)).start().await;
        let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
        let failure = report.failure.expect("it is no success");
        assert_eq!((failure.stage, failure.kind, report.taken), (stage, FailureKind::Refused, Acceptance::No));
        let said = failure.reply.map(|reply| reply.to_string());
        assert_eq!(said.as_deref(), Some("250 5.7.1 Message refused by policy"));
    }
}
