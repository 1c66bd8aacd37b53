//! Servers that are slow, each within what is waited for and beyond it. No test measures time: what would end a slow
//! server under a limit that covers too much is accepted, and what stays silent is given up.

use std::time::Duration;

use backend::diagnose;
use model::{Acceptance, ConnectionSecurity, FailureKind, SmtpReport, Speaker, Stage};
use smtp::{OutgoingMessage, StageLimits};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpSocket;

use crate::support::scripted::{Act, Point, Script};
use crate::support::{HELLO, address, letter, patient, send, target, test_send};

const LATE: Act = Act::Later(Duration::from_millis(300));

async fn sent(script: Script, letter: &OutgoingMessage, limits: &StageLimits) -> SmtpReport {
    let (port, _served) = script.start().await;
    send(&target(port, ConnectionSecurity::None), letter, HELLO, limits).await
}

fn to_many() -> OutgoingMessage {
    let recipients = (0..6).map(|number| address(&format!("to{number}@example.test"))).collect();
    OutgoingMessage { recipients, ..letter() }
}

#[tokio::test]
async fn each_recipient_has_the_whole_limit() {
    let script = Script::new(ConnectionSecurity::None).act(Point::Rcpt, LATE);
    // All six together take longer.
    let limits = StageLimits { rcpt: Duration::from_millis(1_500), ..patient() };
    let report = sent(script, &to_many(), &limits).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
}

#[tokio::test]
async fn the_answer_after_the_message_has_a_limit_of_its_own() {
    let script = Script::new(ConnectionSecurity::None).act(Point::AfterDot, Act::Later(Duration::from_millis(1_500)));
    let limits = StageLimits { data: Duration::from_millis(1_000), upload: Duration::from_millis(1_000), ..patient() };
    let report = sent(script, &letter(), &limits).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
}

#[tokio::test]
async fn whoever_gives_up_after_the_message_says_so() {
    let script = Script::new(ConnectionSecurity::None).act(Point::AfterDot, Act::Hang);
    let report = sent(script, &letter(), &StageLimits { after_dot: Duration::from_millis(200), ..patient() }).await;
    assert_eq!(report.taken, Acceptance::Unknown);
    let why = "The server did not answer the message within 0.2 s, and Posthouse stopped waiting.";
    assert_eq!(report.why_unknown(), why);
    assert!(report.in_words(None).ends_with(why), "{}", report.in_words(None));
    let last = report.transcript.last().expect("it says why it ended");
    assert_eq!((last.speaker, last.text.as_str()), (Speaker::Note, "(Posthouse stopped waiting after 0.2 s)"));
}

/// A server that reads a message at this pace, so many octets at a time; without a pace it stops reading.
async fn reads_slowly(pace: Option<Duration>) -> u16 {
    let socket = TcpSocket::new_v4().expect("a socket");
    // What the system takes up by itself is no pace of the server.
    socket.set_recv_buffer_size(64 * 1024).expect("an option");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let listener = socket.listen(1).expect("it listens");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        let mut stream = BufReader::with_capacity(512 * 1024, stream);
        stream.write_all(b"220 slow.example\r\n").await?;
        let mut line = String::new();
        for reply in ["250 slow.example", "250 Ok", "250 Ok", "354 Go on"] {
            stream.read_line(&mut line).await?;
            stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
        }
        let (mut piece, mut end) = (vec![0; 512 * 1024], Vec::new());
        while !end.ends_with(b"\r\n.\r\n") {
            match pace {
                Some(pace) => tokio::time::sleep(pace).await,
                None => std::future::pending().await,
            }
            let read = stream.read(&mut piece).await?;
            end.extend_from_slice(&piece[read.saturating_sub(5)..read]);
            end.drain(..end.len().saturating_sub(5));
        }
        stream.write_all(b"250 Ok\r\n").await?;
        stream.read_line(&mut line).await
    });
    port
}

fn long() -> OutgoingMessage {
    let line = format!("{}\r\n", "x".repeat(900));
    OutgoingMessage { message: format!("Subject: long\r\n\r\n{}", line.repeat(20_000)).into_bytes(), ..letter() }
}

#[tokio::test]
async fn a_message_may_take_as_long_as_it_moves() {
    // So many pieces at this pace take several times the limit.
    let port = reads_slowly(Some(Duration::from_millis(20))).await;
    let limits = StageLimits { upload: Duration::from_millis(1_500), ..patient() };
    let report = send(&target(port, ConnectionSecurity::None), &long(), HELLO, &limits).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
}

#[tokio::test]
async fn a_message_that_stands_still_is_given_up_and_was_not_accepted() {
    let port = reads_slowly(None).await;
    let limits = StageLimits { upload: Duration::from_millis(200), ..patient() };
    let report = send(&target(port, ConnectionSecurity::None), &long(), HELLO, &limits).await;
    let failure = report.failure.expect("it is given up");
    assert_eq!((failure.stage, failure.kind), (Stage::Data, FailureKind::TimedOut(200)));
    assert_eq!(report.taken, Acceptance::No, "its end was not sent");
}

#[tokio::test]
async fn a_greeting_that_has_begun_is_no_sign_of_tls() {
    let script = Script::new(ConnectionSecurity::None).act(Point::Greeting, Act::Begin(b"220-mx1 waits a moment\r\n"));
    let (port, _served) = script.start().await;
    let limits = StageLimits { greeting: Duration::from_millis(200), ..patient() };
    let report = send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &limits).await;
    let failure = report.failure.as_ref().expect("its end does not come");
    assert_eq!((failure.stage, &failure.kind), (Stage::Greeting, &FailureKind::TimedOut(200)));
    let found = diagnose(&test_send(port, ConnectionSecurity::None), &report).expect("it failed");
    assert_eq!(found.cause, "the server makes strangers wait");
    assert!(found.temporary && found.fixes.iter().all(|fix| fix.remedy.is_none()), "{found:?}");
}
