//! HTTP CONNECT: what a proxy refuses, how it asks for a sign-in, and what is no HTTP at all.

use base64ct::{Base64, Encoding};
use model::{Acceptance, ConnectionSecurity, FailureKind, ProxyAnswer};

use crate::support::proxies::{ESTABLISHED, HTTP, ProxyStep, fails, proxy_sign_in, run};
use crate::support::sasl::SECRET;
use crate::support::scripted::Script;

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
        fails(HTTP, None, vec![ProxyStep::say(said.as_bytes())], kind).await;
    }
}

#[tokio::test]
async fn an_http_proxy_gets_the_sign_in_that_it_asks_for() {
    let (first, again) = ("HTTP/1.1 407 Sign in\r\n", "HTTP/1.1 407 Again\r\n");
    let check = async |fields: &str, scheme: &str, same: bool| {
        let (server, _served) = Script::new(ConnectionSecurity::None).start().await;
        let asks = if same {
            ProxyStep::Say(format!("{first}{fields}Content-Length: 4\r\n\r\nbody").into_bytes())
        } else {
            ProxyStep::Last(format!("{first}{fields}\r\n").into_bytes())
        };
        let steps = vec![asks, ProxyStep::Tunnel(ESTABLISHED.to_vec(), server)];
        let (report, heard) = run(HTTP, Some(proxy_sign_in()), steps).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{fields}");
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
    let (server, _served) = Script::new(ConnectionSecurity::None).start().await;
    let kept = format!("{first}{basic}Content-Length: 0\r\n\r\n").into_bytes();
    let steps = vec![ProxyStep::Last(kept.clone()), ProxyStep::Tunnel(ESTABLISHED.to_vec(), server)];
    let (report, _) = run(HTTP, Some(proxy_sign_in()), steps).await;
    assert_eq!(report.failure, None);

    let wanted = FailureKind::ProxySignInWanted("HTTP/1.1 407 Sign in; it offers Basic".to_owned());
    fails(HTTP, None, vec![ProxyStep::Say(kept.clone())], wanted).await;
    let ntlm = format!("{first}Proxy-Authenticate: NTLM, Negotiate\r\nContent-Length: 0\r\n\r\n").into_bytes();
    let wanted = FailureKind::ProxySignInWanted("HTTP/1.1 407 Sign in; it offers NTLM, Negotiate".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::Say(ntlm)], wanted).await;
    let none = format!("{first}\r\n").into_bytes();
    let wanted = FailureKind::ProxySignInWanted("HTTP/1.1 407 Sign in".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::Say(none)], wanted).await;

    let refuses = format!("{again}{basic}Content-Length: 0\r\n\r\n").into_bytes();
    let refused = || FailureKind::ProxySignInRefused("HTTP/1.1 407 Again".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::Say(kept), ProxyStep::Say(refuses)], refused()).await;
    let unauthorized = b"HTTP/1.0 401 Unauthorized\r\n\r\n";
    let asks = format!("{first}{basic}Content-Length: 0\r\n\r\n").into_bytes();
    let kind = FailureKind::ProxySignInRefused("HTTP/1.0 401 Unauthorized".to_owned());
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::Say(asks), ProxyStep::say(unauthorized)], kind).await;
    let stale = |line: &str| {
        format!("{line}Proxy-Authenticate: Digest realm=p, nonce=n, stale=TRUE\r\nContent-Length: 0\r\n\r\n")
            .into_bytes()
    };
    let steps = vec![ProxyStep::Say(stale(first)), ProxyStep::Say(stale(first)), ProxyStep::Say(stale(again))];
    fails(HTTP, Some(proxy_sign_in()), steps, refused()).await;
}

#[tokio::test]
async fn an_http_proxy_that_repeats_the_secret_is_shown_without_it() {
    let asks = b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    let pair = Base64::encode_string(format!("ops@example.test:{SECRET}").as_bytes());
    let echo = format!("HTTP/1.1 403 Not {pair} nor {SECRET}\r\n\r\n").into_bytes();
    let words = "HTTP/1.1 403 Not (hidden) nor (hidden)".to_owned();
    let refused = FailureKind::ProxyRefused { answer: ProxyAnswer::Http(403), words };
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::say(asks), ProxyStep::Say(echo)], refused).await;
    let echo = format!("ERR {SECRET}").into_bytes();
    fails(HTTP, Some(proxy_sign_in()), vec![ProxyStep::say(asks), ProxyStep::Say(echo)], no_proxy()).await;
}

fn no_proxy() -> FailureKind {
    FailureKind::NotAProxy("an HTTP CONNECT proxy".to_owned())
}

#[tokio::test]
async fn what_is_no_http_proxy_is_told_and_not_quoted() {
    let check = async |said: &[u8], kind: FailureKind| fails(HTTP, None, vec![ProxyStep::say(said)], kind).await;
    check(b"\x05\xff", no_proxy()).await;
    check(b"220 mx1.nordhavn.example ESMTP\r\n", no_proxy()).await;
    check(b"\x15\x03\x01\x00\x02\x02\x46", no_proxy()).await;
    check(b"\r\n\r\n", no_proxy()).await;
    check(b"HTTP/2 200 OK\r\n\r\n", no_proxy()).await;
    check(b"HTTP/1.1 99 no\r\n\r\n", no_proxy()).await;
    check(&[b"HTTP/1.1 200 ".as_slice(), &[b'a'; 20_000]].concat(), FailureKind::LineTooLong(16_384)).await;
    let many = [b"HTTP/1.1 200 OK\r\n".as_slice(), &b"a: b\r\n".repeat(200), b"\r\n"].concat();
    check(&many, FailureKind::ReplyTooLong(100)).await;
    // Nothing of what it said stands anywhere.
    for said in [b"SSH-2.0-OpenSSH_9.2 internal-host\r\n".as_slice(), b"HTTP/1.1 99 internal-host\r\n\r\n"] {
        let (report, _) = run(HTTP, None, vec![ProxyStep::say(said)]).await;
        let told = serde_json::to_string(&report).expect("a report is JSON");
        assert!(told.contains("It does not answer as an HTTP CONNECT proxy"), "{told}");
        assert!(!told.contains("OpenSSH") && !told.contains("internal-host"), "{told}");
    }
}
