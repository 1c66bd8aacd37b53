//! The way through a proxy: each answer that it can give, each way in which it can fail, and that the secret it is told
//! stands nowhere.

mod support;

use std::time::{Duration, Instant};

use backend::smtp::{Proxy, ProxyReport, ProxySignIn, Target, check_proxy, send};
use base64ct::{Base64, Encoding};
use model::{ConnectorKind, FailureKind, Host, Mechanism, ProxyAnswer, Security, SmtpReport, Stage, StageState, Taken};
use support::proxies::{Turn, proxy, proxy_sign_in, start};
use support::sasl::SECRET;
use support::scripted::Script;
use support::{HELLO, letter, limits, patient, sign_in, target};

const HTTP: ConnectorKind = ConnectorKind::HttpConnect;
const SOCKS: ConnectorKind = ConnectorKind::Socks5;
const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
const NO_SIGN_IN: &[u8] = b"\x05\x00";
const CONNECTED: &[u8] = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38";
const LATEST: Duration = Duration::from_secs(5);

fn signed_in(proxy: Proxy) -> Proxy {
    Proxy { sign_in: Some(proxy_sign_in()), ..proxy }
}

fn no_secret(seen: &str) {
    let in_json = serde_json::to_string(SECRET).expect("a text is JSON");
    let digits: String = SECRET.bytes().map(|octet| format!("{octet:02x}")).collect();
    for canary in
        ["canary", "s3cret", "%20%25", in_json.trim_matches('"'), &Base64::encode_string(SECRET.as_bytes()), &digits]
    {
        assert!(!seen.contains(canary), "{canary} stands in {seen}");
    }
}

/// Sends through a proxy that takes these turns, to a name that it alone knows.
async fn run(kind: ConnectorKind, with: Option<ProxySignIn>, turns: Vec<Turn>) -> (SmtpReport, Vec<Vec<u8>>) {
    let limits = match turns.iter().any(|turn| matches!(turn, Turn::Hang | Turn::Slowly(_))) {
        true => limits(Stage::Connector),
        false => patient(),
    };
    let (port, served) = start(turns).await;
    let host = Host::parse("mx.nordhavn.example").expect("a name");
    let proxy = Proxy { sign_in: with, ..proxy(kind, port) };
    let target = Target { host, proxy: Some(proxy), ..target(25, Security::None) };
    let begun = Instant::now();
    let report = send(&target, &letter(), HELLO, &limits).await;
    assert!(begun.elapsed() < LATEST);
    no_secret(&format!("{} {report:?} {target:?}", serde_json::to_string(&report).expect("a report is JSON")));
    (report, served.await.expect("the proxy ends"))
}

fn failure(report: &SmtpReport) -> FailureKind {
    let failure = report.failure.clone().unwrap_or_else(|| panic!("it fails: {report:?}"));
    assert_eq!((failure.stage, report.taken), (Stage::Connector, Taken::No));
    for entry in report.stages.iter().filter(|entry| !matches!(entry.stage, Stage::Settings | Stage::Connector)) {
        assert_eq!(entry.state, StageState::NotReached, "{entry:?}");
    }
    failure.kind
}

async fn fails(kind: ConnectorKind, with: Option<ProxySignIn>, turns: Vec<Turn>, expected: FailureKind) {
    let case = format!("{kind:?}, {turns:?}");
    let (report, _) = run(kind, with, turns).await;
    assert_eq!(failure(&report), expected, "{case}");
}

fn notes(report: &SmtpReport) -> Vec<&str> {
    report.transcript.iter().map(|line| line.text.as_str()).filter(|text| text.contains("roxy:")).collect()
}

#[tokio::test]
async fn a_letter_goes_through_each_kind_of_proxy_over_each_kind_of_connection() {
    for security in [Security::None, Security::StartTls, Security::ImplicitTls] {
        for kind in ConnectorKind::ALL {
            let mut script = Script::new(security);
            script.offers.push("AUTH SCRAM-SHA-256");
            let (server, _served) = script.start().await;
            let turns = match kind {
                ConnectorKind::Socks5 => vec![Turn::say(NO_SIGN_IN), Turn::Tunnel(CONNECTED.to_vec(), server)],
                ConnectorKind::HttpConnect => vec![Turn::Tunnel(ESTABLISHED.to_vec(), server)],
            };
            let (port, served) = start(turns).await;
            let host = Host::parse("bücher.nordhavn.example").expect("a name");
            let sign_in = Some(sign_in(None));
            let target = Target { host, proxy: Some(proxy(kind, port)), sign_in, ..target(server, security) };
            let report = send(&target, &letter(), HELLO, &patient()).await;
            let case = format!("{kind:?}, {security:?}");
            assert_eq!((report.taken, &report.failure), (Taken::Yes, &None), "{case}");
            assert_eq!(report.mechanism, Some(Mechanism::ScramSha256), "{case}");
            let fact = |stage| {
                let entry = report.stages.iter().find(|entry| entry.stage == stage).expect("the stage is listed");
                (entry.state, entry.fact.clone())
            };
            let connected = format!("{} 127.0.0.1:{port}, connected", kind.label());
            assert_eq!(fact(Stage::Connector), (StageState::Done, connected), "{case}");
            assert_eq!(fact(Stage::Dns), (StageState::Skipped, "The proxy looks the name up".to_owned()), "{case}");
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
        let (server, _served) = Script::new(Security::StartTls).start().await;
        let turns = match kind {
            ConnectorKind::Socks5 => vec![Turn::say(NO_SIGN_IN), Turn::TunnelAtOnce(CONNECTED.to_vec(), server)],
            ConnectorKind::HttpConnect => vec![Turn::TunnelAtOnce(ESTABLISHED.to_vec(), server)],
        };
        let (port, _proxy) = start(turns).await;
        let target = Target { proxy: Some(proxy(kind, port)), ..target(server, Security::StartTls) };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Taken::Yes, &None), "{kind:?}");
    }
}

#[tokio::test]
async fn the_transcript_tells_what_was_said_to_a_proxy_and_nothing_of_the_sign_in() {
    let turns = vec![Turn::say(b"\x05\x02"), Turn::say(b"\x01\x00"), Turn::say(b"\x05\x05\x00\x01\0\0\0\0\0\0")];
    let (report, _) = run(SOCKS, Some(proxy_sign_in()), turns).await;
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
    let turns = vec![Turn::say(asks), Turn::say(b"HTTP/1.1 502 No way\x1b[2J\r\n\r\n")];
    let (report, _) = run(HTTP, Some(proxy_sign_in()), turns).await;
    let expected = [
        "To the proxy: CONNECT mx.nordhavn.example:25 HTTP/1.1",
        "The proxy: HTTP/1.1 407 Sign in",
        "To the proxy: CONNECT mx.nordhavn.example:25 HTTP/1.1, signing in by Basic",
        "The proxy: HTTP/1.1 502 No way\\x1b[2J",
    ];
    assert_eq!(notes(&report), expected);
}

#[tokio::test]
async fn each_error_of_socks5_is_told_by_its_number() {
    let words = [
        (1, "general failure (1)"),
        (2, "not allowed by the rules (2)"),
        (3, "network unreachable (3)"),
        (4, "host unreachable (4)"),
        (5, "connection refused (5)"),
        (6, "time to live expired (6)"),
        (7, "command not supported (7)"),
        (8, "kind of address not supported (8)"),
        (9, "a reply that SOCKS5 does not know (9)"),
        (255, "a reply that SOCKS5 does not know (255)"),
    ];
    for (reply, words) in words {
        let answer = || ProxyAnswer::Socks(reply);
        let refused = || FailureKind::ProxyRefused { answer: answer(), words: words.to_owned() };
        let whole = Turn::Say(vec![5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
        fails(SOCKS, None, vec![Turn::say(NO_SIGN_IN), whole], refused()).await;
        // Some say no more than that.
        fails(SOCKS, None, vec![Turn::say(NO_SIGN_IN), Turn::Last(vec![5, reply])], refused()).await;
    }
}

#[tokio::test]
async fn socks5_signs_in_where_the_proxy_asks_for_it() {
    let (server, _served) = Script::new(Security::None).start().await;
    let tunnel = || Turn::Tunnel(CONNECTED.to_vec(), server);
    let (report, heard) =
        run(SOCKS, Some(proxy_sign_in()), vec![Turn::say(b"\x05\x02"), Turn::say(b"\x01\x00"), tunnel()]).await;
    assert_eq!(report.failure, None);
    assert_eq!(heard[0], b"\x05\x02\x00\x02");
    let octets = u8::try_from(SECRET.len()).expect("it is short");
    assert_eq!(heard[1], [b"\x01\x10ops@example.test".as_slice(), &[octets], SECRET.as_bytes()].concat());

    let (server, _served) = Script::new(Security::None).start().await;
    let turns = vec![Turn::say(NO_SIGN_IN), Turn::Tunnel(CONNECTED.to_vec(), server)];
    let (report, heard) = run(SOCKS, Some(proxy_sign_in()), turns).await;
    assert_eq!(report.failure, None);
    assert!(!heard.concat().windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "nobody asked for it");

    let refused = |words: &str| FailureKind::ProxySignInRefused(words.to_owned());
    for status in [1, 255] {
        let turns = vec![Turn::say(b"\x05\x02"), Turn::Say(vec![1, status])];
        fails(SOCKS, Some(proxy_sign_in()), turns, refused(&format!("sign-in refused ({status})"))).await;
    }
    let wanted = |words: &str| FailureKind::ProxySignInWanted(words.to_owned());
    fails(SOCKS, None, vec![Turn::say(b"\x05\xff")], wanted("none of these: no sign-in (255)")).await;
    let neither = "none of these: no sign-in, or user name and password (255)";
    fails(SOCKS, Some(proxy_sign_in()), vec![Turn::say(b"\x05\xff")], wanted(neither)).await;
    let long = ProxySignIn { secret: "x".repeat(256).into(), ..proxy_sign_in() };
    let (report, _) = run(SOCKS, Some(long), Vec::new()).await;
    assert!(matches!(failure(&report), FailureKind::Settings(_)));
}

#[tokio::test]
async fn what_is_no_socks5_proxy_is_shown() {
    let check = async |said: &[u8], shown: &str| {
        fails(SOCKS, None, vec![Turn::say(said)], FailureKind::NotAProxy(shown.to_owned())).await;
        let mut turns = vec![Turn::say(NO_SIGN_IN), Turn::say(said)];
        fails(SOCKS, None, turns.clone(), FailureKind::NotAProxy(shown.to_owned())).await;
        turns[0] = Turn::say(b"\x05\x02");
        fails(SOCKS, Some(proxy_sign_in()), turns, FailureKind::NotAProxy(shown.to_owned())).await;
    };
    check(b"HTTP/1.1 400 Bad Request\r\n\r\nmore", "HTTP/1.1 400 Bad Request").await;
    check(b"220 mx1.nordhavn.example \x1b[31mESMTP\r\n", "220 mx1.nordhavn.example \\x1b[31mESMTP").await;
    check(b"SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2").await;
    check(b"\x15", "\\x15").await;
    check(b"\x00\x5b", "\\x00[").await;
    check(&[b'x'; 5_000], &"x".repeat(80)).await;
    // A method that was not offered, and a kind of address that there is not.
    let shown = |shown: &str| FailureKind::NotAProxy(shown.to_owned());
    fails(SOCKS, None, vec![Turn::say(b"\x05\x02")], shown("\\x05\\x02")).await;
    fails(SOCKS, None, vec![Turn::say(NO_SIGN_IN), Turn::say(b"\x05\x00\x00\x09")], shown("\\x05\\x00\\x00 ")).await;
    // What repeats the secret.
    let echo = format!("Sorry, {SECRET}?\r\n");
    let turns = vec![Turn::say(b"\x05\x02"), Turn::say(echo.as_bytes())];
    fails(SOCKS, Some(proxy_sign_in()), turns, shown("Sorry, (hidden)?")).await;
    let cut = format!("{}{SECRET}", "x".repeat(60));
    let turns = vec![Turn::say(b"\x05\x02"), Turn::say(cut.as_bytes())];
    fails(SOCKS, Some(proxy_sign_in()), turns, shown(&format!("{}(hidden)", "x".repeat(60)))).await;
}

#[tokio::test]
async fn a_proxy_that_hangs_dawdles_or_closes_at_a_step_ends_there_in_time() {
    let ends = [
        (Turn::Hang, FailureKind::TimedOut(200)),
        (Turn::Close, FailureKind::Closed),
        (Turn::Slowly(b"\x05\x00\x00\x03\x01a\x00\x19".to_vec()), FailureKind::TimedOut(200)),
    ];
    for (end, kind) in ends {
        let before: [&[&[u8]]; 3] = [&[], &[b"\x05\x02"], &[b"\x05\x02", b"\x01\x00"]];
        for said in before {
            // A slow first answer says something else.
            if matches!(end, Turn::Slowly(_)) && said.len() < 2 {
                continue;
            }
            let mut turns: Vec<Turn> = said.iter().map(|text| Turn::say(text)).collect();
            turns.push(end.clone());
            fails(SOCKS, Some(proxy_sign_in()), turns, kind.clone()).await;
        }
        // In the middle of an answer.
        let half = [b"\x05".as_slice(), b"\x05\x00\x00", b"\x05\x00\x00\x03", b"\x05\x00\x00\x03\x05ab"];
        for half in half {
            if end == Turn::Close {
                let turns = vec![Turn::say(NO_SIGN_IN), Turn::Last(half.to_vec())];
                fails(SOCKS, None, turns, kind.clone()).await;
            }
        }
    }
    let asks = b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    fails(HTTP, None, vec![Turn::Hang], FailureKind::TimedOut(200)).await;
    fails(HTTP, None, vec![Turn::Close], FailureKind::Closed).await;
    fails(HTTP, None, vec![Turn::Slowly(ESTABLISHED.to_vec())], FailureKind::TimedOut(200)).await;
    fails(HTTP, Some(proxy_sign_in()), vec![Turn::say(asks), Turn::Hang], FailureKind::TimedOut(200)).await;
    let turns = vec![Turn::say(asks), Turn::Close, Turn::Close];
    fails(HTTP, Some(proxy_sign_in()), turns, FailureKind::Closed).await;
    fails(HTTP, None, vec![Turn::Last(b"HTTP/1.1 200 OK\r\nHalf".to_vec())], FailureKind::Closed).await;
    let body = b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\nContent-Length: 9\r\n\r\nhalf";
    fails(HTTP, Some(proxy_sign_in()), vec![Turn::say(body), Turn::Hang], FailureKind::TimedOut(200)).await;
}

#[tokio::test]
async fn what_an_http_proxy_refuses_is_told_in_its_own_words() {
    for (code, line) in [
        (400, "HTTP/1.1 400 Bad Request"),
        (403, "HTTP/1.0 403 Filtered"),
        (405, "HTTP/1.1 405"),
        (301, "HTTP/1.1 301 Over there"),
        (502, "HTTP/1.1 502 Bad Gateway"),
        (503, "HTTP/1.1 503 Service Unavailable"),
        (504, "HTTP/1.1 504 Gateway Timeout"),
    ] {
        let said = format!("{line}\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>");
        let kind = FailureKind::ProxyRefused { answer: ProxyAnswer::Http(code), words: line.to_owned() };
        fails(HTTP, None, vec![Turn::say(said.as_bytes())], kind).await;
    }
}

#[tokio::test]
async fn an_http_proxy_gets_the_sign_in_that_it_asks_for() {
    let (first, again) = ("HTTP/1.1 407 Sign in\r\n", "HTTP/1.1 407 Again\r\n");
    let check = async |fields: &str, scheme: &str, same: bool| {
        let (server, _served) = Script::new(Security::None).start().await;
        let asks = match same {
            true => Turn::Say(format!("{first}{fields}Content-Length: 4\r\n\r\nbody").into_bytes()),
            false => Turn::Last(format!("{first}{fields}\r\n").into_bytes()),
        };
        let turns = vec![asks, Turn::Tunnel(ESTABLISHED.to_vec(), server)];
        let (report, heard) = run(HTTP, Some(proxy_sign_in()), turns).await;
        assert_eq!((report.taken, &report.failure), (Taken::Yes, &None), "{fields}");
        let asked: Vec<String> = heard.iter().map(|said| String::from_utf8_lossy(said).into_owned()).collect();
        assert!(!asked[0].contains("Authorization"), "nothing is told before it is asked for");
        assert!(asked[1].contains(&format!("\r\nProxy-Authorization: {scheme} ")), "{}", asked[1]);
        let dialled = report.transcript.iter().filter(|line| line.text.starts_with("Connected to the proxy"));
        assert_eq!(dialled.count(), if same { 1 } else { 2 }, "{fields}");
    };
    let digest = "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\r\n";
    let basic = "Proxy-Authenticate: Basic realm=\"p\"\r\n";
    for same in [true, false] {
        check(basic, "Basic", same).await;
        check(digest, "Digest", same).await;
        check(&format!("{basic}{digest}"), "Digest", same).await;
        check(&format!("{basic}proxy-authenticate: NTLM\r\n"), "Basic", same).await;
    }

    // Said to be kept open, and closed after all.
    let (server, _served) = Script::new(Security::None).start().await;
    let kept = format!("{first}{basic}Content-Length: 0\r\n\r\n").into_bytes();
    let turns = vec![Turn::Last(kept.clone()), Turn::Tunnel(ESTABLISHED.to_vec(), server)];
    let (report, _) = run(HTTP, Some(proxy_sign_in()), turns).await;
    assert_eq!(report.failure, None);

    let wanted = FailureKind::ProxySignInWanted("HTTP/1.1 407 Sign in; it offers Basic".to_owned());
    fails(HTTP, None, vec![Turn::Say(kept.clone())], wanted).await;
    let ntlm = format!("{first}Proxy-Authenticate: NTLM, Negotiate\r\nContent-Length: 0\r\n\r\n").into_bytes();
    let wanted = FailureKind::ProxySignInWanted("HTTP/1.1 407 Sign in; it offers NTLM, Negotiate".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![Turn::Say(ntlm)], wanted).await;
    let none = format!("{first}\r\n").into_bytes();
    let wanted = FailureKind::ProxySignInWanted("HTTP/1.1 407 Sign in".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![Turn::Say(none)], wanted).await;

    let refuses = format!("{again}{basic}Content-Length: 0\r\n\r\n").into_bytes();
    let refused = || FailureKind::ProxySignInRefused("HTTP/1.1 407 Again".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![Turn::Say(kept), Turn::Say(refuses)], refused()).await;
    let stale = |line: &str| {
        format!("{line}Proxy-Authenticate: Digest realm=p, nonce=n, stale=TRUE\r\nContent-Length: 0\r\n\r\n")
            .into_bytes()
    };
    let turns = vec![Turn::Say(stale(first)), Turn::Say(stale(first)), Turn::Say(stale(again))];
    fails(HTTP, Some(proxy_sign_in()), turns, refused()).await;
}

#[tokio::test]
async fn an_http_proxy_that_repeats_the_secret_is_shown_without_it() {
    let asks = b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    let pair = Base64::encode_string(format!("ops@example.test:{SECRET}").as_bytes());
    let echo = format!("HTTP/1.1 403 Not {pair} nor {SECRET}\r\n\r\n").into_bytes();
    let words = "HTTP/1.1 403 Not (hidden) nor (hidden)".to_owned();
    let refused = FailureKind::ProxyRefused { answer: ProxyAnswer::Http(403), words };
    fails(HTTP, Some(proxy_sign_in()), vec![Turn::say(asks), Turn::Say(echo)], refused).await;
    let echo = format!("ERR {SECRET}").into_bytes();
    let turns = vec![Turn::say(asks), Turn::Say(echo)];
    fails(HTTP, Some(proxy_sign_in()), turns, FailureKind::NotAProxy("ERR (hidden)".to_owned())).await;
}

#[tokio::test]
async fn what_is_no_http_proxy_is_shown_and_bounded() {
    let shown = |shown: &str| FailureKind::NotAProxy(shown.to_owned());
    let check = async |said: &[u8], kind: FailureKind| fails(HTTP, None, vec![Turn::say(said)], kind).await;
    check(b"\x05\xff", shown("\\x05\\xff")).await;
    check(b"220 mx1.nordhavn.example ESMTP\r\n", shown("220 mx1.nordhavn.example ESMTP")).await;
    check(b"\x15\x03\x01\x00\x02\x02\x46", shown("\\x15\\x03\\x01\\x00\\x02\\x02F")).await;
    check(b"\r\n\r\n", shown("")).await;
    check(b"HTTP/2 200 OK\r\n\r\n", shown("HTTP/2 200 OK")).await;
    check(b"HTTP/1.1 99 no\r\n\r\n", shown("HTTP/1.1 99 no")).await;
    check(&[b"HTTP/1.1 200 ".as_slice(), &[b'a'; 20_000]].concat(), FailureKind::LineTooLong(16_384)).await;
    let many = [b"HTTP/1.1 200 OK\r\n".as_slice(), &b"a: b\r\n".repeat(200), b"\r\n"].concat();
    check(&many, FailureKind::ReplyTooLong(100)).await;
}

#[tokio::test]
async fn a_proxy_is_held_against_the_policy_and_looked_up_like_any_server() {
    let through = async |name: &str, kind: ConnectorKind| {
        let host = Host::parse(name).expect(name);
        let target = Target { proxy: Some(Proxy { host, ..proxy(kind, 9) }), ..target(25, Security::None) };
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
        let target = Target { host, proxy: Some(proxy(kind, 9)), ..target(25, Security::None) };
        let kind = failure(&send(&target, &letter(), HELLO, &patient()).await);
        assert!(matches!(kind, FailureKind::Unreachable(_)), "{kind:?}");
    }
}

#[tokio::test]
async fn a_check_reaches_a_place_and_says_what_the_proxy_answered() {
    let check = async |kind, turns: Vec<Turn>| -> ProxyReport {
        let limits = if turns.contains(&Turn::Hang) { limits(Stage::Connector) } else { patient() };
        let (port, _served) = start(turns).await;
        let host = Host::parse("mx.nordhavn.example").expect("a name");
        let report = check_proxy(&signed_in(proxy(kind, port)), &host, 587, &limits).await;
        no_secret(&format!("{report:?}"));
        report
    };
    let report = check(SOCKS, vec![Turn::say(NO_SIGN_IN), Turn::say(CONNECTED)]).await;
    assert_eq!((report.words.as_str(), report.failure), ("connected (0)", None));
    assert!(report.took > 0 && report.transcript.iter().any(|line| line.text.ends_with("mx.nordhavn.example:587")));
    let report = check(HTTP, vec![Turn::say(ESTABLISHED)]).await;
    assert_eq!((report.words.as_str(), report.failure), ("HTTP/1.1 200 Connection established", None));

    let report = check(SOCKS, vec![Turn::say(NO_SIGN_IN), Turn::say(b"\x05\x04")]).await;
    let failure = report.failure.expect("it is refused");
    assert_eq!((report.words.as_str(), failure.stage), ("host unreachable (4)", Stage::Connector));
    let report = check(HTTP, vec![Turn::Hang]).await;
    let failure = report.failure.expect("it hangs");
    assert_eq!((report.words.as_str(), failure.kind), ("No answer within 0.2 s", FailureKind::TimedOut(200)));
}
