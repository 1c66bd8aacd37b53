//! SOCKS5: each answer that a proxy can give, and what is no SOCKS5 at all.

use model::{ConnectionSecurity, FailureKind, ProxyAnswer};
use smtp::ProxySignIn;

use crate::support::proxies::{CONNECTED, NO_SIGN_IN, ProxyStep, SOCKS, fails, failure, proxy_sign_in, run};
use crate::support::sasl::SECRET;
use crate::support::scripted::Script;

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
        let whole = ProxyStep::Say(vec![5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
        fails(SOCKS, None, vec![ProxyStep::say(NO_SIGN_IN), whole], refused()).await;
        // Some say no more than that.
        fails(SOCKS, None, vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::Last(vec![5, reply])], refused()).await;
    }
}

#[tokio::test]
async fn socks5_signs_in_where_the_proxy_asks_for_it() {
    let (server, _served) = Script::new(ConnectionSecurity::None).start().await;
    let tunnel = || ProxyStep::Tunnel(CONNECTED.to_vec(), server);
    let (report, heard) =
        run(SOCKS, Some(proxy_sign_in()), vec![ProxyStep::say(b"\x05\x02"), ProxyStep::say(b"\x01\x00"), tunnel()])
            .await;
    assert_eq!(report.failure, None);
    assert_eq!(heard[0], b"\x05\x02\x00\x02");
    let octets = u8::try_from(SECRET.len()).expect("it is short");
    assert_eq!(heard[1], [b"\x01\x10ops@example.test".as_slice(), &[octets], SECRET.as_bytes()].concat());

    let (server, _served) = Script::new(ConnectionSecurity::None).start().await;
    let steps = vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::Tunnel(CONNECTED.to_vec(), server)];
    let (report, heard) = run(SOCKS, Some(proxy_sign_in()), steps).await;
    assert_eq!(report.failure, None);
    assert!(!heard.concat().windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "nobody asked for it");

    let refused = |words: &str| FailureKind::ProxySignInRefused(words.to_owned());
    for status in [1, 255] {
        let steps = vec![ProxyStep::say(b"\x05\x02"), ProxyStep::Say(vec![1, status])];
        fails(SOCKS, Some(proxy_sign_in()), steps, refused(&format!("sign-in refused ({status})"))).await;
    }
    let wanted = |words: &str| FailureKind::ProxySignInWanted(words.to_owned());
    fails(SOCKS, None, vec![ProxyStep::say(b"\x05\xff")], wanted("none of these: no sign-in (255)")).await;
    let neither = "none of these: no sign-in, or user name and password (255)";
    fails(SOCKS, Some(proxy_sign_in()), vec![ProxyStep::say(b"\x05\xff")], wanted(neither)).await;
    let long = ProxySignIn { secret: "x".repeat(256).into(), ..proxy_sign_in() };
    let (report, _) = run(SOCKS, Some(long), Vec::new()).await;
    assert!(matches!(failure(&report), FailureKind::Settings(_)));
}

#[tokio::test]
async fn what_is_no_socks5_proxy_is_told_and_not_quoted() {
    let no_proxy = || FailureKind::NotAProxy("a SOCKS5 proxy".to_owned());
    let check = async |said: &[u8]| {
        fails(SOCKS, None, vec![ProxyStep::say(said)], no_proxy()).await;
        let mut steps = vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::say(said)];
        fails(SOCKS, None, steps.clone(), no_proxy()).await;
        steps[0] = ProxyStep::say(b"\x05\x02");
        fails(SOCKS, Some(proxy_sign_in()), steps, no_proxy()).await;
    };
    check(b"HTTP/1.1 400 Bad Request\r\n\r\nmore").await;
    check(b"220 mx1.nordhavn.example \x1b[31mESMTP\r\n").await;
    check(b"\x15").await;
    check(b"\x00\x5b").await;
    check(&[b'x'; 5_000]).await;
    // A method that was not offered, and a kind of address that there is not.
    fails(SOCKS, None, vec![ProxyStep::say(b"\x05\x02")], no_proxy()).await;
    fails(SOCKS, None, vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::say(b"\x05\x00\x00\x09")], no_proxy()).await;
    // Nothing of what it said stands anywhere.
    let (report, _) = run(SOCKS, None, vec![ProxyStep::say(b"SSH-2.0-OpenSSH_9.2 internal-host\r\n")]).await;
    let told = serde_json::to_string(&report).expect("a report is JSON");
    assert!(told.contains("It does not answer as a SOCKS5 proxy"), "{told}");
    assert!(!told.contains("OpenSSH") && !told.contains("internal-host"), "{told}");
}
