//! What ends a test before a word is said, or before the message is.

use model::{ConnectionSecurity, FailureKind, Host, Stage};
use smtp::Target;

use crate::support::scripted::Script;
use crate::support::{HELLO, letter, limits, patient, send, target};

#[tokio::test]
async fn a_port_where_nothing_listens_refuses() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    for host in ["127.0.0.1", "localhost"] {
        let target = Target { host: Host::parse(host).expect("a host"), ..target(port, ConnectionSecurity::None) };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        let failure = report.failure.expect("nothing listens");
        assert_eq!((failure.stage, failure.kind), (Stage::Tcp, FailureKind::ConnectionRefused), "{host}");
    }
}

#[tokio::test]
async fn addresses_of_metadata_and_links_are_never_connected_to() {
    for host in ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "0.0.0.0", "::"] {
        let target = Target { host: Host::parse(host).expect("an address"), ..target(25, ConnectionSecurity::None) };
        let report = send(&target, &letter(), HELLO, &limits(Stage::Tcp)).await;
        let failure = report.failure.expect(host);
        assert_eq!(failure.stage, Stage::Tcp, "{host}");
        let FailureKind::Unreachable(why) = failure.kind else { panic!("{host}: {:?}", failure.kind) };
        assert!(why.contains("never connects"), "{host}: {why}");
    }
}

#[tokio::test]
async fn a_name_that_does_not_exist_ends_at_dns() {
    let host = Host::parse("smtp.nordhavn.invalid").expect("a name");
    let report = send(&Target { host, ..target(25, ConnectionSecurity::None) }, &letter(), HELLO, &patient()).await;
    let failure = report.failure.expect("there is no such name");
    assert_eq!((failure.stage, failure.kind), (Stage::Dns, FailureKind::NoSuchName));
}

#[tokio::test]
async fn a_message_larger_than_the_server_takes_is_not_begun() {
    let mut script = Script::new(ConnectionSecurity::None);
    script.offers = vec!["SIZE 100"];
    let (port, served) = script.start().await;
    let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
    let failure = report.failure.expect("it is too large");
    assert_eq!(failure.stage, Stage::Mail);
    let FailureKind::TooLarge { message, limit: 100 } = failure.kind else { panic!("{:?}", failure.kind) };
    assert_eq!(message, letter().message.len() as u64);
    assert_eq!(served.await.expect("the server ends").commands, ["EHLO posthouse.nordhavn.example", "QUIT"]);
}

#[tokio::test]
async fn an_address_of_another_script_is_not_sent_to_a_server_without_smtputf8() {
    let mut script = Script::new(ConnectionSecurity::None);
    script.offers = vec!["8BITMIME"];
    let (port, served) = script.start().await;
    let letter =
        smtp::OutgoingMessage { recipients: vec![crate::support::address("почта@пример.рф")], ..letter() };
    let report = send(&target(port, ConnectionSecurity::None), &letter, HELLO, &patient()).await;
    let failure = report.failure.expect("it cannot be sent");
    assert_eq!((failure.stage, failure.kind), (Stage::Mail, FailureKind::SmtpUtf8NotOffered));
    assert_eq!(served.await.expect("the server ends").commands, ["EHLO posthouse.nordhavn.example", "QUIT"]);
}

#[tokio::test]
async fn settings_that_make_no_message_end_before_a_connection() {
    let too_long = smtp::OutgoingMessage { message: vec![b'a'; 5_000], ..letter() };
    let report = send(&target(9, ConnectionSecurity::StartTls), &too_long, HELLO, &patient()).await;
    let failure = report.failure.expect("the line is too long");
    assert_eq!(failure.stage, Stage::Settings);
    assert!(matches!(failure.kind, FailureKind::Settings(_)), "{:?}", failure.kind);
    assert_eq!(report.transcript, []);

    for hello in ["", "two words", "a\r\nMAIL FROM:<x@example.org>", "<html>"] {
        let report = send(&target(9, ConnectionSecurity::None), &letter(), hello, &patient()).await;
        assert_eq!(report.failure.map(|failure| failure.stage), Some(Stage::Settings), "{hello:?}");
    }
}
