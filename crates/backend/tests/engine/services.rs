//! Other services than SMTP at the port, and ports that say nothing: each is named by what it says, to whoever waits
//! for a greeting or to TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use backend::diagnose;
use model::{Acceptance, ConnectionSecurity, Diagnosis, Remedy, SmtpReport, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::support::certificates::self_signed;
use crate::support::scripted::Script;
use crate::support::{HELLO, letter, patient, send, target, test_send};

/// A service: what it does with each connection.
async fn serving<F: Future<Output = ()> + Send>(serve: impl Fn(TcpStream) -> F + Clone + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let serve = serve.clone();
            tokio::spawn(async move { serve(stream).await });
        }
    });
    port
}

/// Says this at once, then something else to whatever it hears.
async fn saying(first: &'static [u8], then: &'static [u8]) -> u16 {
    serving(move |mut stream| async move {
        let _ = stream.write_all(first).await;
        let mut heard = [0; 4_096];
        while matches!(stream.read(&mut heard).await, Ok(1..)) {
            let _ = stream.write_all(then).await;
        }
    })
    .await
}

async fn sent(port: u16) -> (SmtpReport, Option<Diagnosis>) {
    let report = send(&target(port, ConnectionSecurity::StartTls), &letter(), HELLO, &patient()).await;
    let found = diagnose(&test_send(port, ConnectionSecurity::StartTls), &report);
    (report, found)
}

#[tokio::test]
async fn another_service_is_named_by_what_it_says() {
    let check = async |first: &'static [u8], then: &'static [u8], name: &str| {
        let (_, found) = sent(saying(first, then).await).await;
        let found = found.expect(name);
        assert_eq!((found.key.as_str(), found.explanation.contains(name)), ("not-smtp", true), "{name}: {found:?}");
        assert!(found.fixes.iter().all(|fix| fix.remedy.is_none()), "{name}: TLS would not help: {found:?}");
    };
    check(b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", b"", "IMAP").await;
    check(b"+OK Dovecot ready.\r\n", b"", "POP3").await;
    check(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"", "SSH").await;
    check(b"\"IMPLEMENTATION\" \"Dovecot Pigeonhole\"\r\n\"SIEVE\" \"fileinto\"\r\nOK\r\n", b"", "ManageSieve").await;
    check(b"J\0\0\0\n8.0.36\0\x08\0\0\0abcdefgh\0", b"", "MySQL").await;
    check(b"220 (vsFTPd 3.0.3)\r\n", b"530 Please login with USER and PASS.\r\n", "FTP").await;
    check(b"220 ProFTPD Server (Debian) [::ffff:192.0.2.1]\r\n", b"500 EHLO not understood\r\n", "FTP").await;
    check(b"220 mx.example LMTP Postfix\r\n", b"500 5.5.1 Unknown command\r\n", "LMTP").await;
    check(b"220 mx.example Dovecot ready.\r\n", b"500 5.5.1 Unknown command\r\n", "LMTP").await;
    // A web server says nothing until it hears something.
    check(b"", b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", "HTTP").await;
}

#[tokio::test]
async fn a_silent_port_that_answers_to_tls_is_named_long_before_the_limit() {
    let tls = self_signed(&["localhost"]);
    let port = serving(move |stream| {
        let tls = tls.clone();
        async move {
            let _ = tls.accept(stream).await;
        }
    })
    .await;
    let (report, found) = sent(port).await;
    // At its limit it would be silence.
    let found = found.expect("it fails");
    assert_eq!(report.failure.map(|failure| failure.stage), Some(Stage::Greeting));
    assert_eq!(found.key, "tls-port");
    let remedy = Remedy::Secure(ConnectionSecurity::ImplicitTls, Some(port));
    assert_eq!(found.fixes.first().and_then(|fix| fix.remedy.clone()), Some(remedy));
}

/// A server that lets strangers wait for its greeting, and how many connections it had.
async fn slow(first: &'static [u8], wait: Duration) -> (u16, Arc<AtomicUsize>) {
    let (behind, _) = Script::new(ConnectionSecurity::None).start().await;
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let port = serving(move |mut stream| {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let _ = stream.write_all(first).await;
            sleep(wait).await;
            if number == 0 {
                let mut server = TcpStream::connect(("127.0.0.1", behind)).await.expect("the script listens");
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
            }
        }
    })
    .await;
    (port, connections)
}

#[tokio::test]
async fn a_slow_greeting_is_waited_for_also_where_the_port_was_asked_by_tls() {
    let (port, connections) = slow(b"", Duration::from_secs(6)).await;
    let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
    assert_eq!(connections.load(Ordering::SeqCst), 2);
    assert!(report.observed.silent_to_tls);

    let (port, connections) = slow(b"220-mx1.nordhavn.example\r\n", Duration::from_secs(4)).await;
    let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
    assert_eq!(connections.load(Ordering::SeqCst), 1, "a first line is no silence");
}
