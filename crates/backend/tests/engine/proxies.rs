//! Through proxies that are not ours, into a network that nothing else reaches, to a name that nobody else knows.
//! `POSTHOUSE_TEST_PROXIES` names them as `FOLDER:ADDRESS`: microsocks on port 1080 and, with a sign-in, on 1081,
//! tinyproxy with Basic on 8888, Squid with Digest on 3128; a Postfix behind them has its mail in `FOLDER/mail`.

use model::{
    CertificateCheck, ConnectionSecurity,
    ConnectorKind::{self, HttpConnect, Socks5},
    Failure, FailureKind, Host, Mechanism, Network, Networks, ProxyAnswer, Stage, StageState, Trust,
};
use smtp::{Egress, Proxy, ProxySignIn, Target, check_proxy};

use crate::support::dns::Dns;
use crate::support::postfix::Postfix;
use crate::support::{HELLO, letter, patient, send, sign_in};

/// What signs in to the proxies and, within their network, to Postfix.
const SECRET: &str = "s3cret";
const NAME: &str = "mail.example.test";

struct Inside {
    postfix: Postfix,
    proxies: Host,
}

impl Inside {
    fn find() -> Self {
        let named = std::env::var("POSTHOUSE_TEST_PROXIES")
            .expect("These tests need proxies, which `cargo xtask test` starts and names: run that.");
        let (folder, address) = named.rsplit_once(':').expect("POSTHOUSE_TEST_PROXIES is FOLDER:ADDRESS");
        let proxies = Host::parse(address).expect("an address");
        Self { postfix: Postfix { folder: folder.into(), clear: 25, implicit: 465, greylists: 2525 }, proxies }
    }

    fn proxy(&self, kind: ConnectorKind, port: u16, secret: Option<&str>) -> Proxy {
        let sign_in = secret.map(|secret| ProxySignIn { user_name: "ops".to_owned(), secret: secret.into() });
        Proxy { kind, host: self.proxies.clone(), port, resolves_names: true, sign_in }
    }

    fn target(&self, security: ConnectionSecurity, proxy: Option<Proxy>) -> Target {
        let mut with = sign_in(None);
        with.secret = SECRET.into();
        let host = Host::parse(NAME).expect("a name");
        let trust = Trust::Certificate(self.postfix.fingerprint());
        let target = self.postfix.target(security, CertificateCheck::Verify);
        Target { host, trust, sign_in: Some(with), proxy, ..target }
    }
}

#[tokio::test]
async fn a_message_goes_through_each_proxy_to_a_name_that_it_alone_knows() {
    let inside = Inside::find();
    let proxies = [
        inside.proxy(Socks5, 1080, None),
        inside.proxy(Socks5, 1080, Some(SECRET)),
        inside.proxy(Socks5, 1081, Some(SECRET)),
        inside.proxy(HttpConnect, 8888, Some(SECRET)),
        inside.proxy(HttpConnect, 3128, Some(SECRET)),
    ];
    for proxy in proxies {
        for security in [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
            let case = format!("{proxy:?}, {security:?}");
            let target = inside.target(security, Some(proxy.clone()));
            let (report, file) = inside.postfix.deliver_to(&letter(), &target).await;
            assert_eq!(report.mechanism, Some(Mechanism::ScramSha256), "{case}");
            let connector = report.stages.iter().find(|entry| entry.stage == Stage::Connector).expect("it is listed");
            let at = format!("{} {}:{}, connected", proxy.kind.label(), inside.proxies, proxy.port);
            assert_eq!((connector.state, &connector.fact), (StageState::Done, &at), "{case}");
            assert!(String::from_utf8_lossy(&file).contains("[127.0.0.1])"), "{case}: it came from inside");
            let seen = format!("{report:?} {target:?}");
            assert!(!seen.contains(SECRET), "{case}: {seen}");
        }
    }
}

#[tokio::test]
async fn without_a_proxy_there_is_no_such_name() {
    let target = Inside::find().target(ConnectionSecurity::StartTls, None);
    let failure = send(&target, &letter(), HELLO, &patient()).await.failure.expect("nobody else knows it");
    assert_eq!(failure.stage, Stage::Dns);
}

#[tokio::test]
async fn a_network_that_is_closed_is_reached_by_name_through_none_of_them() {
    let inside = Inside::find();
    // As the name is known within their network.
    let dns = Dns::knowing(&[(NAME, &["127.0.0.1"])]).await;
    let networks = Networks { closed: vec![Network::parse("127.0.0.0/8").expect("a network")], open: Vec::new() };
    let closed = Egress { networks, ..Egress::clone(&dns.egress()) };
    let name = Host::parse(NAME).expect("a name");
    for proxy in [
        inside.proxy(Socks5, 1080, None),
        inside.proxy(HttpConnect, 8888, Some(SECRET)),
        inside.proxy(HttpConnect, 3128, Some(SECRET)),
    ] {
        let proxy = Proxy { resolves_names: false, ..proxy };
        let open = check_proxy(&proxy, (&name, 25), &dns.egress(), &patient()).await;
        assert_eq!(open.failure, None, "{proxy:?}: it leads there as an address");
        let report = check_proxy(&proxy, (&name, 25), &closed, &patient()).await;
        let why = "Posthouse never connects to 127.0.0.1 (a network that an administrator closed)";
        let kind = report.failure.map(|failure| failure.kind);
        assert_eq!(kind, Some(FailureKind::Unreachable(why.to_owned())), "{proxy:?}");
    }
}

#[tokio::test]
async fn what_a_proxy_answers_is_told_by_its_kind() {
    let inside = Inside::find();
    let answer = async |proxy: Proxy, host: &str, port: u16| {
        let host = Host::parse(host).expect(host);
        let report = check_proxy(&proxy, (&host, port), &Egress::default(), &patient()).await;
        assert!(!format!("{report:?}").contains(SECRET), "{report:?}");
        (report.words, report.failure.map(|Failure { stage, kind, .. }| (stage, kind)))
    };
    let check = async |proxy: Proxy, host: &str, port: u16, expected: FailureKind| {
        let case = format!("{proxy:?}, {host}:{port}");
        assert_eq!(answer(proxy, host, port).await.1, Some((Stage::Connector, expected)), "{case}");
    };
    let refused = |answer, words: &str| FailureKind::ProxyRefused { answer, words: words.to_owned() };

    let open = || inside.proxy(Socks5, 1080, None);
    assert_eq!(answer(open(), NAME, 25).await, ("connected (0)".to_owned(), None));
    check(open(), NAME, 9, refused(ProxyAnswer::Socks(5), "connection refused (5)")).await;
    check(open(), "nobody.example.test", 25, refused(ProxyAnswer::Socks(1), "general failure (1)")).await;
    let unoffered = FailureKind::ProxySignInWanted("none of these: no sign-in (255)".to_owned());
    check(inside.proxy(Socks5, 1081, None), NAME, 25, unoffered).await;
    let wrong = FailureKind::ProxySignInRefused("sign-in refused (2)".to_owned());
    check(inside.proxy(Socks5, 1081, Some("wrong")), NAME, 25, wrong).await;

    for (port, scheme) in [(8888, "Basic"), (3128, "Digest")] {
        let proxy = |secret| inside.proxy(HttpConnect, port, secret);
        let (words, failure) = answer(proxy(Some(SECRET)), NAME, 25).await;
        assert!(words.contains(" 200 ") && failure.is_none(), "{words}: {failure:?}");
        let (words, failure) = answer(proxy(None), NAME, 25).await;
        assert!(matches!(failure, Some((_, FailureKind::ProxySignInWanted(_)))), "{failure:?}");
        assert!(words.contains(" 407 ") && words.ends_with(&format!("; it offers {scheme}")), "{words}");
        let (_, failure) = answer(proxy(Some("wrong")), NAME, 25).await;
        assert!(matches!(failure, Some((_, FailureKind::ProxySignInRefused(_)))), "{failure:?}");
        for (host, port) in [(NAME, 9), ("nobody.example.test", 25)] {
            let (words, failure) = answer(proxy(Some(SECRET)), host, port).await;
            let Some((_, FailureKind::ProxyRefused { answer: ProxyAnswer::Http(code), .. })) = failure else {
                panic!("{host}:{port}: {failure:?}")
            };
            assert!((500..600).contains(&code) && words.contains(&code.to_string()), "{words}");
        }
    }

    // One taken for the other.
    let (_, failure) = answer(inside.proxy(HttpConnect, 1080, None), NAME, 25).await;
    assert!(matches!(failure, Some((_, FailureKind::NotAProxy(_) | FailureKind::Closed))), "{failure:?}");
}
