//! The way through a proxy, of whatever kind: a letter goes through, each step has its end in time, and the secret that
//! the proxy is told stands nowhere.

use model::{Acceptance, ConnectionSecurity, ConnectorKind, FailureKind, Host, Mechanism, Stage, StageState};
use smtp::{Egress, Proxy, ProxyReport, Target, check_proxy};

use crate::support::proxies::{
    CONNECTED, ESTABLISHED, HTTP, NO_SIGN_IN, ProxyStep, SOCKS, fails, failure, no_secret, notes, proxy, proxy_sign_in,
    run, start,
};
use crate::support::scripted::Script;
use crate::support::{HELLO, letter, limits, patient, send, sign_in, target};

fn signed_in(proxy: Proxy) -> Proxy {
    Proxy { sign_in: Some(proxy_sign_in()), ..proxy }
}

#[tokio::test]
async fn a_letter_goes_through_each_kind_of_proxy_over_each_kind_of_connection() {
    for security in [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        for kind in ConnectorKind::ALL {
            let mut script = Script::new(security);
            script.offers.push("AUTH SCRAM-SHA-256");
            let (server, _served) = script.start().await;
            let steps = match kind {
                ConnectorKind::Socks5 => {
                    vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::Tunnel(CONNECTED.to_vec(), server)]
                }
                ConnectorKind::HttpConnect => vec![ProxyStep::Tunnel(ESTABLISHED.to_vec(), server)],
            };
            let (port, served) = start(steps).await;
            let host = Host::parse("bücher.nordhavn.example").expect("a name");
            let sign_in = Some(sign_in(None));
            let target = Target { host, proxy: Some(proxy(kind, port)), sign_in, ..target(server, security) };
            let report = send(&target, &letter(), HELLO, &patient()).await;
            let case = format!("{kind:?}, {security:?}");
            assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{case}");
            assert_eq!(report.mechanism, Some(Mechanism::ScramSha256), "{case}");
            let fact = |stage| {
                let entry = report.stages.iter().find(|entry| entry.stage == stage).expect("the stage is listed");
                (entry.state, entry.fact.clone())
            };
            let connected = format!("{} 127.0.0.1:{port}, connected", kind.label());
            assert_eq!(fact(Stage::Connector), (StageState::Done, connected), "{case}");
            assert_eq!(
                fact(Stage::Dns),
                (StageState::Skipped, "The connector resolves names itself".to_owned()),
                "{case}"
            );
            assert_eq!(fact(Stage::Tcp), (StageState::Skipped, "The proxy connects".to_owned()), "{case}");
            let heard = served.await.expect("the proxy ends").concat();
            let asked = format!("xn--bcher-kva.nordhavn.example:{server}");
            let expected: Vec<u8> = match kind {
                ConnectorKind::HttpConnect => format!("CONNECT {asked} HTTP/1.1\r\nHost: {asked}\r\n\r\n").into_bytes(),
                ConnectorKind::Socks5 => {
                    let name = b"xn--bcher-kva.nordhavn.example";
                    [b"\x05\x01\x00\x05\x01\x00\x03\x1e", name.as_slice(), &server.to_be_bytes()].concat()
                }
            };
            assert_eq!(heard, expected, "{case}");
        }
    }
}

#[tokio::test]
async fn a_greeting_in_the_same_packet_belongs_to_the_mail_server() {
    for kind in ConnectorKind::ALL {
        let (server, _served) = Script::new(ConnectionSecurity::StartTls).start().await;
        let steps = match kind {
            ConnectorKind::Socks5 => {
                vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::TunnelAtOnce(CONNECTED.to_vec(), server)]
            }
            ConnectorKind::HttpConnect => vec![ProxyStep::TunnelAtOnce(ESTABLISHED.to_vec(), server)],
        };
        let (port, _proxy) = start(steps).await;
        let target = Target { proxy: Some(proxy(kind, port)), ..target(server, ConnectionSecurity::StartTls) };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{kind:?}");
    }
}

#[tokio::test]
async fn the_transcript_tells_what_was_said_to_a_proxy_and_nothing_of_the_sign_in() {
    let steps =
        vec![ProxyStep::say(b"\x05\x02"), ProxyStep::say(b"\x01\x00"), ProxyStep::say(b"\x05\x05\x00\x01\0\0\0\0\0\0")];
    let (report, _) = run(SOCKS, Some(proxy_sign_in()), steps).await;
    let expected = [
        "To the proxy: SOCKS5, no sign-in, or user name and password",
        "The proxy: user name and password (2)",
        "To the proxy: (hidden)",
        "The proxy: signed in (0)",
        "To the proxy: SOCKS5, connect to mx.nordhavn.example:25",
        "The proxy: connection refused (5)",
    ];
    assert_eq!(notes(&report), expected);

    let asks = b"HTTP/1.1 407 Sign in\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n";
    let steps = vec![ProxyStep::say(asks), ProxyStep::say(b"HTTP/1.1 502 No way\x1b[2J\r\n\r\n")];
    let (report, _) = run(HTTP, Some(proxy_sign_in()), steps).await;
    let expected = [
        "To the proxy: CONNECT mx.nordhavn.example:25 HTTP/1.1",
        "The proxy: HTTP/1.1 407 Sign in",
        "To the proxy: CONNECT mx.nordhavn.example:25 HTTP/1.1, signing in by Basic",
        "The proxy: HTTP/1.1 502 No way\\x1b[2J",
    ];
    assert_eq!(notes(&report), expected);
}

#[tokio::test]
async fn a_proxy_that_hangs_dawdles_or_closes_at_a_step_ends_there_in_time() {
    let ends = [
        (ProxyStep::Hang, FailureKind::TimedOut(200)),
        (ProxyStep::Close, FailureKind::Closed),
        (ProxyStep::Slowly(b"\x05\x00\x00\x03\x01a\x00\x19".to_vec()), FailureKind::TimedOut(200)),
    ];
    for (end, kind) in ends {
        let before: [&[&[u8]]; 3] = [&[], &[b"\x05\x02"], &[b"\x05\x02", b"\x01\x00"]];
        for said in before {
            // A slow first answer says something else.
            if matches!(end, ProxyStep::Slowly(_)) && said.len() < 2 {
                continue;
            }
            let mut steps: Vec<ProxyStep> = said.iter().map(|text| ProxyStep::say(text)).collect();
            steps.push(end.clone());
            fails(SOCKS, Some(proxy_sign_in()), steps, kind.clone()).await;
        }
        // In the middle of an answer.
        let half = [b"\x05".as_slice(), b"\x05\x00\x00", b"\x05\x00\x00\x03", b"\x05\x00\x00\x03\x05ab"];
        for half in half {
            if end == ProxyStep::Close {
                let steps = vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::Last(half.to_vec())];
                fails(SOCKS, None, steps, kind.clone()).await;
            }
        }
    }
    let asks = b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    fails(HTTP, None, vec![ProxyStep::Hang], FailureKind::TimedOut(200)).await;
    fails(HTTP, None, vec![ProxyStep::Close], FailureKind::Closed).await;
    fails(HTTP, None, vec![ProxyStep::Slowly(ESTABLISHED.to_vec())], FailureKind::TimedOut(200)).await;
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::say(asks), ProxyStep::Hang], FailureKind::TimedOut(200)).await;
    let steps = vec![ProxyStep::say(asks), ProxyStep::Close, ProxyStep::Close];
    fails(HTTP, Some(proxy_sign_in()), steps, FailureKind::Closed).await;
    fails(HTTP, None, vec![ProxyStep::Last(b"HTTP/1.1 200 OK\r\nHalf".to_vec())], FailureKind::Closed).await;
    let body = b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\nContent-Length: 9\r\n\r\nhalf";
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::say(body), ProxyStep::Hang], FailureKind::TimedOut(200)).await;
}

#[tokio::test]
async fn a_proxy_is_held_against_the_policy_and_looked_up_like_any_server() {
    let through = async |name: &str, kind: ConnectorKind| {
        let host = Host::parse(name).expect(name);
        let target = Target { proxy: Some(Proxy { host, ..proxy(kind, 9) }), ..target(25, ConnectionSecurity::None) };
        failure(&send(&target, &letter(), HELLO, &patient()).await)
    };
    for kind in ConnectorKind::ALL {
        for name in ["169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0"] {
            let FailureKind::Unreachable(why) = through(name, kind).await else { panic!("{name} is refused") };
            assert!(why.contains("never connects"), "{why}");
        }
        assert_eq!(through("proxy.nordhavn.invalid", kind).await, FailureKind::NoSuchName);
        assert_eq!(through("127.0.0.1", kind).await, FailureKind::ConnectionRefused);
        // What is never connected to is not asked of a proxy either, which may run on this machine.
        let host = Host::parse("169.254.169.254").expect("an address");
        let target = Target { host, proxy: Some(proxy(kind, 9)), ..target(25, ConnectionSecurity::None) };
        let kind = failure(&send(&target, &letter(), HELLO, &patient()).await);
        assert!(matches!(kind, FailureKind::Unreachable(_)), "{kind:?}");
    }
}

#[tokio::test]
async fn a_check_reaches_a_place_and_says_what_the_proxy_answered() {
    let check = async |kind, steps: Vec<ProxyStep>| -> ProxyReport {
        let limits = if steps.contains(&ProxyStep::Hang) { limits(Stage::Connector) } else { patient() };
        let (port, _served) = start(steps).await;
        let host = Host::parse("mx.nordhavn.example").expect("a name");
        let report = check_proxy(&signed_in(proxy(kind, port)), (&host, 587), &Egress::default(), &limits).await;
        no_secret(&format!("{report:?}"));
        report
    };
    let report = check(SOCKS, vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::say(CONNECTED)]).await;
    assert_eq!((report.words.as_str(), report.failure), ("connected (0)", None));
    assert!(report.elapsed > 0 && report.transcript.iter().any(|line| line.text.ends_with("mx.nordhavn.example:587")));
    let report = check(HTTP, vec![ProxyStep::say(ESTABLISHED)]).await;
    assert_eq!((report.words.as_str(), report.failure), ("HTTP/1.1 200 Connection established", None));

    let report = check(SOCKS, vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::say(b"\x05\x04")]).await;
    let failure = report.failure.expect("it is refused");
    assert_eq!((report.words.as_str(), failure.stage), ("host unreachable (4)", Stage::Connector));
    let report = check(HTTP, vec![ProxyStep::Hang]).await;
    let failure = report.failure.expect("it hangs");
    assert_eq!((report.words.as_str(), failure.kind), ("No answer within 0.2 s", FailureKind::TimedOut(200)));
}
