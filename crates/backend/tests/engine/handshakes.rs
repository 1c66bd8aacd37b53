//! Handshakes of TLS that fail, each told by the alert that ends it, by its silent end, or by what answers instead.

use std::sync::Arc;

use backend::diagnose;
use model::{ConnectionSecurity, FailureKind, HandshakeFault, SmtpReport, Stage, TrustOffer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support::scripted::{Act, Point, Script};
use crate::support::{HELLO, letter, patient, send, target, test_send};
use crate::zoo::{DAYS, HOST, NAMED, Refused, Zoo};

/// The key of what was found at this stage, of which nothing is offered to be trusted.
#[track_caller]
fn key(security: ConnectionSecurity, report: &SmtpReport, stage: Stage) -> String {
    assert_eq!(report.failure.as_ref().map(|failure| failure.stage), Some(stage), "{:?}", report.failure);
    let found = diagnose(&test_send(25, security), report).expect("it failed");
    assert_eq!(found.trust, TrustOffer::Nothing);
    found.key
}

#[tokio::test]
async fn each_alert_is_told_by_what_it_means() {
    let check = async |alert: &'static [u8], expected: &str| {
        for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
            let (port, _served) = Script::new(security).act(Point::Handshake, Act::Say(alert)).start().await;
            let report = send(&target(port, security), &letter(), HELLO, &patient()).await;
            assert_eq!(key(security, &report, Stage::Tls), expected, "{security:?} {alert:?}");
        }
    };
    // RFC 8446, section 6.2.
    check(b"\x15\x03\x03\x00\x02\x02\x28", "tls-parameters").await;
    check(b"\x15\x03\x03\x00\x02\x02\x46", "tls-version").await;
    check(b"\x15\x03\x01\x00\x02\x02\x46", "tls-version").await;
    check(b"\x15\x03\x03\x00\x02\x02\x47", "tls-weak").await;
    check(b"\x15\x03\x03\x00\x02\x02\x70", "tls-server-name").await;
    check(b"\x15\x03\x03\x00\x02\x02\x50", "tls-internal-error").await;
    check(b"\x15\x03\x03\x00\x02\x02\x31", "tls-access-denied").await;
    check(b"\x15\x03\x03\x00\x02\x02\x32", "tls-alert").await;
    check(b"\x15\x03\x03\x00\x02\x02\x2f", "tls-alert").await;
    check(b"\x15\x03\x03\x00\x02\x02\x2a", "client-certificate").await;
    check(b"\x15\x03\x03\x00\x02\x02\x74", "client-certificate").await;
}

#[tokio::test]
async fn an_end_without_an_alert_is_no_refusal_of_this_machine() {
    for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        let (port, _served) = Script::new(security).act(Point::Handshake, Act::Drop).start().await;
        let report = send(&target(port, security), &letter(), HELLO, &patient()).await;
        assert_eq!(key(security, &report, Stage::Tls), "tls-closed", "{security:?}");
        let found = diagnose(&test_send(25, security), &report).expect("it failed");
        assert!(!found.temporary && found.fixes.iter().all(|fix| !fix.text.contains("address")), "{found:?}");
    }
}

/// What OpenSSL itself ends a handshake with.
#[tokio::test]
async fn a_server_with_nothing_in_common_is_told_from_one_that_is_too_old() {
    let zoo = Zoo::new();
    for (name, kind) in [("ec", "P-256"), ("rsa", "2048"), ("p521", "P-521"), ("pss", "RSA-PSS")] {
        zoo.key(name, kind);
        zoo.server(name, NAMED, Some("middle"), DAYS);
    }
    let cases: &[(&str, &[&str], &str)] = &[
        ("rsa", &["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"], "tls-version"),
        ("rsa", &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "tls-version"),
        ("rsa", &["-tls1_2", "-cipher", "AES128-SHA256"], "tls-parameters"),
        ("rsa", &["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"], "tls-parameters"),
        ("rsa", &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"], "tls-parameters"),
        ("p521", &["-tls1_2"], "tls-parameters"),
        ("p521", &["-tls1_3"], "tls-parameters"),
        ("pss", &["-tls1_3"], "tls-parameters"),
        ("ec", &["-groups", "P-521"], "tls-parameters"),
        (
            "ec",
            &["-servername", "other", "-servername_fatal", "-cert2", "rsa.pem", "-key2", "rsa.key"],
            "tls-server-name",
        ),
    ];
    for (name, options, expected) in cases {
        let report = zoo.sent_to(name, options, zoo.trust()).await;
        assert_eq!(key(ConnectionSecurity::ImplicitTls, &report, Stage::Tls), *expected, "{name} {options:?}");
    }
}

/// Whether it says so in the handshake, as by TLS 1.2, or behind it, as by TLS 1.3.
#[tokio::test]
async fn a_server_that_wants_a_certificate_of_the_client_is_told() {
    let zoo = Zoo::new();
    zoo.server("mx", NAMED, Some("middle"), DAYS);
    for (version, stage) in [("-tls1_2", Stage::Tls), ("-tls1_3", Stage::Greeting)] {
        let report = zoo.sent_to("mx", &[version, "-Verify", "1", "-CAfile", "root.pem"], zoo.trust()).await;
        let failure = report.failure.as_ref().expect("it is refused");
        assert_eq!(failure.stage, stage, "{version}: {failure:?}");
        let refused = Refused::new(HOST, report);
        assert_eq!(refused.shown.fault, None, "the server's own is good");
        refused.is("client-certificate", &["takes only clients that show a certificate of their own"]);
    }
}

/// As servers without an alert of TLS do; by TLS 1.2 the handshake would not have ended without a certificate.
#[tokio::test]
async fn a_silent_end_behind_a_handshake_is_about_the_certificate_that_was_asked_for() {
    let zoo = Zoo::new();
    zoo.server("mx", NAMED, Some("middle"), DAYS);
    let mut roots = RootCertStore::empty();
    roots.add(zoo.der("root")).expect("a root");
    let (roots, provider) = (Arc::new(roots), Arc::new(rustls::crypto::ring::default_provider()));
    for (version, expected) in [(&rustls::version::TLS13, "client-certificate"), (&rustls::version::TLS12, "closed")] {
        let asks = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[version])
            .expect("ring speaks it")
            .with_client_cert_verifier(asks.allow_unauthenticated().build().expect("a verifier"))
            .with_single_cert(vec![zoo.der("mx")], zoo.private_key("mx"))
            .expect("key and certificate belong together");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            drop(TlsAcceptor::from(Arc::new(config)).accept(stream).await.expect("a handshake"));
        });
        let security = ConnectionSecurity::ImplicitTls;
        let report = send(&target(port, security), &letter(), HELLO, &patient()).await;
        assert_eq!(key(security, &report, Stage::Greeting), expected, "{version:?}");
    }
}

/// A port that answers to TLS with these words, whether it says them at once or to what it hears.
async fn answering(words: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(words).await;
        }
    });
    port
}

#[tokio::test]
async fn another_service_behind_a_port_for_tls_is_named_and_a_clear_mail_server_is_not() {
    let implicit = ConnectionSecurity::ImplicitTls;
    let check = async |words: &'static [u8], expected: &str, said: &str| {
        let report = send(&target(answering(words).await, implicit), &letter(), HELLO, &patient()).await;
        let found = diagnose(&test_send(25, implicit), &report).expect("it failed");
        assert_eq!((found.key.as_str(), found.explanation.contains(said)), (expected, true), "{found:?}");
    };
    check(b"220 mx1.nordhavn.example ESMTP\r\n", "clear-text-port", "").await;
    check(b"SSH-2.0-OpenSSH_9.2\r\n", "not-smtp", "SSH").await;
    check(b"* OK IMAP4rev1 ready\r\n", "not-smtp", "IMAP").await;
    check(b"+OK ready\r\n", "not-smtp", "POP3").await;
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", "not-smtp", "HTTP").await;
}

#[tokio::test]
async fn a_handshake_that_fails_keeps_rustls_words() {
    let alert = Act::Say(b"\x15\x03\x03\x00\x02\x02\x50");
    let (port, _served) = Script::new(ConnectionSecurity::ImplicitTls).act(Point::Handshake, alert).start().await;
    let to = target(port, ConnectionSecurity::ImplicitTls);
    let failure = send(&to, &letter(), HELLO, &patient()).await.failure.expect("it fails");
    let words = "received fatal alert: InternalError".to_owned();
    assert_eq!(failure.kind, FailureKind::Handshake { fault: HandshakeFault::Internal, words });
}
