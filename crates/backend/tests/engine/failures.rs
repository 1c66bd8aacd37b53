//! Every way in which a server can fail, at every stage, on every kind of connection: the report names the stage and
//! the kind, in time, and says truly whether the message was taken.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Acceptance, ConnectionSecurity, FailureKind, Mechanism, SmtpReport, Speaker, Stage, StageState};
use smtp::Target;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::scripted::{Act, Point, Script};
use crate::support::{CANARY, HELLO, letter, limits, patient, send, sign_in, target};

/// The report must be there long before, since the stage that fails has a limit of 200 ms.
const LATEST: Duration = Duration::from_secs(5);

fn stage(point: Point) -> Stage {
    match point {
        Point::Greeting => Stage::Greeting,
        Point::Ehlo => Stage::Ehlo,
        Point::StartTls | Point::Handshake => Stage::Tls,
        Point::EhloAgain => Stage::EhloAgain,
        Point::Auth | Point::AuthSecond | Point::AuthThird => Stage::Auth,
        Point::Mail => Stage::Mail,
        Point::Rcpt => Stage::Rcpt,
        Point::Data | Point::AfterDot => Stage::Data,
        Point::Quit => Stage::Quit,
    }
}

const CLEAR: &[Point] =
    &[Point::Greeting, Point::Ehlo, Point::Auth, Point::Mail, Point::Rcpt, Point::Data, Point::AfterDot, Point::Quit];
const STARTTLS: &[Point] = &[
    Point::Greeting,
    Point::Ehlo,
    Point::StartTls,
    Point::EhloAgain,
    Point::Auth,
    Point::Mail,
    Point::Rcpt,
    Point::Data,
    Point::AfterDot,
    Point::Quit,
];
const WAYS: &[(ConnectionSecurity, &[Point])] = &[
    (ConnectionSecurity::None, CLEAR),
    (ConnectionSecurity::StartTls, STARTTLS),
    (ConnectionSecurity::ImplicitTls, CLEAR),
];

/// Sends to a server that fails once, and checks what all failures have in common.
async fn fail(security: ConnectionSecurity, point: Point, act: Act) -> SmtpReport {
    let case = format!("{security:?}, {point:?}, {act:?}");
    let mut script = Script::new(security).act(point, act);
    script.offers.push("AUTH PLAIN");
    let (port, _served) = script.start().await;
    let begun = Instant::now();
    let target = Target { sign_in: Some(sign_in(Some(Mechanism::Plain))), ..target(port, security) };
    let report = send(&target, &letter(), HELLO, &limits(stage(point))).await;
    assert!(begun.elapsed() < LATEST, "{case} took {:?}", begun.elapsed());

    let order: Vec<Stage> = report.stages.iter().map(|report| report.stage).collect();
    assert_eq!(order, Stage::way(security), "{case}");
    assert!(report.transcript.len() <= 500, "{case}");
    assert!(report.transcript.iter().all(|line| !line.text.contains(CANARY)), "{case}");
    assert!(report.transcript.is_sorted_by_key(|line| line.at), "{case}");
    let failed = stage(point);
    for entry in &report.stages {
        let before = order.iter().position(|&s| s == entry.stage) < order.iter().position(|&s| s == failed);
        let expected: &[StageState] = match (before, entry.stage == failed) {
            (true, _) => &[StageState::Done, StageState::Skipped],
            (_, true) => &[StageState::Failed],
            _ => &[StageState::NotReached],
        };
        assert!(expected.contains(&entry.state), "{case}: {entry:?}");
    }
    match &report.failure {
        Some(failure) => assert_eq!(failure.stage, failed, "{case}"),
        None => assert_eq!(point, Point::Quit, "{case}"),
    }
    report
}

/// Runs the act at every point of every way, a few at a time, and gives each report to `check`.
async fn everywhere(act: Act, check: fn(&str, Point, &SmtpReport)) {
    let some = Arc::new(Semaphore::new(6));
    let mut cases = JoinSet::new();
    for &(security, points) in WAYS {
        for &point in points {
            let (act, some) = (act.clone(), Arc::clone(&some));
            cases.spawn(async move {
                let _turn = some.acquire_owned().await;
                let case = format!("{security:?}, {point:?}, {act:?}");
                check(&case, point, &fail(security, point, act).await);
            });
        }
    }
    while let Some(case) = cases.join_next().await {
        case.expect("the case holds");
    }
}

fn expect(case: &str, point: Point, report: &SmtpReport, kind: &FailureKind, after_dot: Acceptance) {
    if point == Point::Quit {
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{case}");
        assert_eq!(report.queue_id.as_deref(), Some("4XyZ1T2Jc3"), "{case}");
        return;
    }
    assert_eq!(report.failure.as_ref().map(|failure| &failure.kind), Some(kind), "{case}");
    let taken = if point == Point::AfterDot { after_dot } else { Acceptance::No };
    assert_eq!(report.taken, taken, "{case}");
    assert_eq!(report.queue_id, None, "{case}");
}

#[tokio::test]
async fn a_refusal_for_good_names_the_stage_and_the_servers_words() {
    everywhere(Act::Say(b"554-5.7.1 Go away,\r\n554 5.7.1 please\r\n"), |case, point, report| {
        expect(case, point, report, &FailureKind::Refused, Acceptance::No);
        if let Some(failure) = &report.failure {
            let reply = failure.reply.as_ref().expect(case);
            assert_eq!((reply.code, reply.enhanced), (554, Some((5, 7, 1))), "{case}");
            assert_eq!(reply.lines, ["Go away,", "please"], "{case}");
            let farewell = report.transcript.iter().any(|l| l.speaker == Speaker::Client && l.text == "QUIT");
            assert!(farewell, "{case}: the session ends in order");
            let final_reply = (point == Point::AfterDot).then(|| reply.clone());
            assert_eq!(report.final_reply, final_reply, "{case}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_refusal_for_now_is_a_refusal() {
    everywhere(Act::Say(b"450 4.2.0 Come back later\r\n"), |case, point, report| {
        expect(case, point, report, &FailureKind::Refused, Acceptance::No);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_closes_with_421_is_not_spoken_to_any_more() {
    everywhere(Act::Say(b"421 4.3.2 Shutting down\r\n"), |case, point, report| {
        expect(case, point, report, &FailureKind::Refused, Acceptance::No);
        if let Some(failure) = &report.failure {
            assert_eq!(failure.reply.as_ref().map(|reply| reply.code), Some(421), "{case}");
            assert!(report.transcript.iter().all(|line| line.text != "QUIT"), "{case}");
        }
    })
    .await;
}

#[tokio::test]
async fn silence_ends_with_the_stages_limit() {
    everywhere(Act::Hang, |case, point, report| {
        expect(case, point, report, &FailureKind::TimedOut(200), Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_byte_now_and_then_does_not_stretch_the_limit() {
    everywhere(Act::Slowly, |case, point, report| {
        expect(case, point, report, &FailureKind::TimedOut(200), Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_dropped_connection_is_the_servers_end() {
    everywhere(Act::Drop, |case, point, report| {
        expect(case, point, report, &FailureKind::Closed, Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_smtp_is_shown() {
    everywhere(Act::Say(b"HTTP/1.1 400 \x1b[31mBad\r\n"), |case, point, report| {
        let kind = FailureKind::NotSmtp("HTTP/1.1 400 \\x1b[31mBad".to_owned());
        expect(case, point, report, &kind, Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_line_without_end_is_bounded() {
    everywhere(Act::EndlessLine, |case, point, report| {
        expect(case, point, report, &FailureKind::LineTooLong(2_048), Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_reply_without_end_is_bounded() {
    everywhere(Act::EndlessReply, |case, point, report| {
        expect(case, point, report, &FailureKind::ReplyTooLong(128), Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_makes_no_sense_takes_no_message() {
    everywhere(Act::Say(b"334 go on\r\n"), |case, point, report| {
        let kind = match point {
            Point::Auth => FailureKind::ChallengeBad("it asks for more than PLAIN has".to_owned()),
            _ => FailureKind::UnexpectedReply,
        };
        expect(case, point, report, &kind, Acceptance::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_reply_nobody_asked_for_is_not_taken_for_an_answer() {
    let ahead: [(Point, &'static [u8]); 2] = [
        (Point::Rcpt, b"250 2.1.5 Ok\r\n354 Go on\r\n"),
        (Point::Data, b"354 Go on\r\n250 2.0.0 Ok: queued as FORGED\r\n"),
    ];
    for (point, text) in ahead {
        let report = fail_next(point, Act::Say(text)).await;
        let failure = report.failure.expect("the session ended");
        assert_eq!((failure.stage, failure.kind), (Stage::Data, FailureKind::UnexpectedReply), "{point:?}");
        assert_eq!((report.taken, report.queue_id), (Acceptance::No, None), "{point:?}");
    }
}

#[tokio::test]
async fn a_421_between_two_commands_is_heard() {
    let report = fail_next(Point::Mail, Act::Say(b"250 2.1.0 Ok\r\n421 4.4.2 Too slow\r\n")).await;
    let failure = report.failure.expect("the session ended");
    assert_eq!((failure.stage, failure.kind), (Stage::Rcpt, FailureKind::Refused));
    assert_eq!(failure.reply.map(|reply| reply.code), Some(421));
}

/// A fault that shows in the stage after it.
async fn fail_next(point: Point, act: Act) -> SmtpReport {
    let (port, _served) = Script::new(ConnectionSecurity::None).act(point, act).start().await;
    send(&target(port, ConnectionSecurity::None), &letter(), HELLO, &patient()).await
}

#[tokio::test]
async fn bytes_behind_the_reply_to_starttls_end_the_session() {
    let injected = b"220 2.0.0 Ready\r\n250-mx1.nordhavn.example\r\n250 AUTH PLAIN\r\n";
    let (port, served) =
        Script::new(ConnectionSecurity::StartTls).act(Point::StartTls, Act::Say(injected)).start().await;
    let report = send(&target(port, ConnectionSecurity::StartTls), &letter(), HELLO, &patient()).await;
    let failure = report.failure.expect("the session ended");
    assert_eq!((failure.stage, failure.kind), (Stage::Tls, FailureKind::BytesAfterStartTls));
    assert_eq!(report.tls, None);
    let heard = served.await.expect("the server ends");
    assert_eq!(heard.commands, ["EHLO posthouse.nordhavn.example", "STARTTLS"], "nothing follows");
}

#[tokio::test]
async fn starttls_that_is_not_offered_ends_the_session_before_mail() {
    for offers in [vec![], vec!["XSTARTTLS", "SIZE"], vec!["8BITMIME", "NO STARTTLS"]] {
        let mut script = Script::new(ConnectionSecurity::None);
        script.offers = offers;
        let (port, served) = script.start().await;
        let report = send(&target(port, ConnectionSecurity::StartTls), &letter(), HELLO, &patient()).await;
        let failure = report.failure.expect("the session ended");
        assert_eq!((failure.stage, failure.kind), (Stage::Tls, FailureKind::StartTlsNotOffered));
        assert!(report.transcript.iter().all(|line| !line.encrypted));
        let heard = served.await.expect("the server ends");
        assert_eq!(heard.commands, ["EHLO posthouse.nordhavn.example", "QUIT"]);
    }
}

#[tokio::test]
async fn what_was_offered_in_clear_text_is_forgotten() {
    let clear: &[u8] = b"250-mx1.nordhavn.example\r\n250-SIZE 10\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n";
    let encrypted: &[u8] = b"250 mx1.nordhavn.example\r\n";
    let script = Script::new(ConnectionSecurity::StartTls)
        .act(Point::Ehlo, Act::Say(clear))
        .act(Point::EhloAgain, Act::Say(encrypted));
    let (port, served) = script.start().await;
    let report = send(&target(port, ConnectionSecurity::StartTls), &letter(), HELLO, &patient()).await;
    assert_eq!(report.failure, None);
    let heard = served.await.expect("the server ends");
    assert!(heard.commands.contains(&"MAIL FROM:<bounces@nordhavn.example>".to_owned()), "{:?}", heard.commands);
}

#[tokio::test]
async fn a_handshake_that_fails_is_told_by_its_kind() {
    let check = async |security: ConnectionSecurity, act: Act, kinds: fn(&FailureKind) -> bool| {
        let case = format!("{security:?}, {act:?}");
        let kind = fail(security, Point::Handshake, act).await.failure.expect(&case).kind;
        assert!(kinds(&kind), "{case}: {kind:?}");
    };
    for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        check(security, Act::Hang, |kind| *kind == FailureKind::TimedOut(200)).await;
    }
    let clear = Act::Say(b"220 mx1.nordhavn.example ESMTP\r\n");
    check(ConnectionSecurity::ImplicitTls, clear.clone(), |kind| *kind == FailureKind::TlsNotSpoken).await;
    check(ConnectionSecurity::ImplicitTls, Act::Slowly, |kind| {
        matches!(kind, FailureKind::TlsNotSpoken | FailureKind::TimedOut(200))
    })
    .await;
    check(ConnectionSecurity::StartTls, clear, |kind| matches!(kind, FailureKind::TlsFailed(_))).await;
}
