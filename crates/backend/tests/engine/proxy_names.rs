//! Names that lead through a proxy: resolved here and held against the egress policy, so that the proxy gets a checked
//! address; and as names only where the connector is marked as resolving them itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::proto::rr::RecordType;
use model::{
    Acceptance, CaPem, CertificateCheck, ConfiguredNetworks, ConnectionSecurity, ConnectorKind, FailureKind, Host,
    Network, Networks, SmtpReport, Stage, StageState, Trust,
};
use smtp::{Egress, Proxy, StageLimits, Target, check_proxy};
use tokio::net::{TcpListener, TcpStream};

use crate::support::certificates::Authority;
use crate::support::dns::{Dns, DnsAnswer, of_kind};
use crate::support::proxies::{CONNECTED, ESTABLISHED, NO_SIGN_IN, ProxyStep, proxy, start};
use crate::support::scripted::Script;
use crate::support::{HELLO, letter, patient, send, target};

const NAME: &str = "mx.nordhavn.example";

fn host(name: &str) -> Host {
    Host::parse(name).expect(name)
}

/// As a connector is unless an administrator marks it.
fn unmarked(kind: ConnectorKind, port: u16) -> Proxy {
    Proxy { resolves_names: false, ..proxy(kind, port) }
}

/// What is said before the request, and the step that connects to this port.
fn leading_to(kind: ConnectorKind, server: u16) -> Vec<ProxyStep> {
    match kind {
        ConnectorKind::Socks5 => vec![ProxyStep::say(NO_SIGN_IN), ProxyStep::Tunnel(CONNECTED.to_vec(), server)],
        ConnectorKind::HttpConnect => vec![ProxyStep::Tunnel(ESTABLISHED.to_vec(), server)],
    }
}

/// What a proxy hears that is asked for 127.0.0.1 at this port.
fn asks_for_the_address(kind: ConnectorKind, port: u16) -> Vec<u8> {
    match kind {
        ConnectorKind::Socks5 => {
            [b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01".as_slice(), &port.to_be_bytes()].concat()
        }
        ConnectorKind::HttpConnect => {
            format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").into_bytes()
        }
    }
}

/// Nobody connected to it before.
async fn is_unheard_of(listener: &TcpListener) -> bool {
    let own = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("it listens");
    let (_, first) = listener.accept().await.expect("a connection");
    own.local_addr().expect("an address") == first
}

fn closed(network: &str) -> Networks {
    Networks { closed: vec![Network::parse(network).expect(network)], open: Vec::new() }
}

fn fact(report: &SmtpReport, stage: Stage) -> (StageState, String) {
    let entry = report.stages.iter().find(|entry| entry.stage == stage).expect("the stage is listed");
    (entry.state, entry.fact.clone())
}

#[tokio::test]
async fn a_proxy_gets_the_checked_address_and_the_certificate_is_held_against_the_name() {
    let authority = Authority::new("Nordhavn");
    for kind in ConnectorKind::ALL {
        let asked = AtomicUsize::new(0);
        let dns = Dns::start(move |_, kind| match kind {
            RecordType::A if asked.fetch_add(1, Ordering::SeqCst) == 0 => {
                DnsAnswer::Records(of_kind(&["127.0.0.1"], kind))
            }
            // Whoever resolves it once more is led to a cloud's metadata.
            _ => DnsAnswer::Records(of_kind(&["169.254.169.254"], kind)),
        })
        .await;
        let mut script = Script::new(ConnectionSecurity::StartTls);
        script.tls = authority.server(&[NAME], 2020..2100);
        let (server, _served) = script.start().await;
        let (port, proxied) = start(leading_to(kind, server)).await;
        let target = Target {
            host: host(NAME),
            certificates: CertificateCheck::Verify,
            trust: Trust::Ca(CaPem::parse(&authority.pem()).expect("a CA")),
            proxy: Some(unmarked(kind, port)),
            egress: dns.egress(),
            ..target(server, ConnectionSecurity::StartTls)
        };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{kind:?}");
        assert!(report.tls.as_ref().is_some_and(|tls| tls.verified), "{kind:?}");
        let heard = proxied.await.expect("the proxy ends").concat();
        assert_eq!(heard, asks_for_the_address(kind, server), "{kind:?}");
        assert_eq!(dns.count("A"), 1, "{kind:?}: resolved once");
        assert_eq!(fact(&report, Stage::Dns), (StageState::Done, "127.0.0.1".to_owned()), "{kind:?}");
        assert_eq!(fact(&report, Stage::Tcp), (StageState::Skipped, "The proxy connects".to_owned()), "{kind:?}");
        let order: Vec<Stage> = report.stages.iter().map(|entry| entry.stage).take(4).collect();
        assert_eq!(order, [Stage::Settings, Stage::Dns, Stage::Connector, Stage::Tcp], "as they happen");
    }
}

#[tokio::test]
async fn a_closed_network_is_not_reached_by_name_through_a_connector() {
    let dns = Dns::knowing(&[
        ("inside.example", &["127.0.0.2"]),
        ("metadata.example", &["169.254.169.254"]),
        ("mapped.example", &["::ffff:127.0.0.2"]),
        ("outside.example", &["203.0.113.25"]),
    ])
    .await;
    let page = Egress { networks: closed("127.0.0.2"), ..Egress::clone(&dns.egress()) };
    let configured = |denied: &[&str], allowed: &[&str]| {
        let networks = |list: &[&str]| list.iter().map(|text| Network::parse(text).expect(text)).collect();
        let configured = ConfiguredNetworks { denied: networks(denied), allowed: networks(allowed) };
        Egress { configured, ..Egress::clone(&dns.egress()) }
    };
    let cases = [
        ("inside.example", page.clone(), "127.0.0.2 (a network that an administrator closed)"),
        ("mapped.example", page.clone(), "::ffff:127.0.0.2 (a network that an administrator closed)"),
        ("127.0.0.2", page, "127.0.0.2 (a network that an administrator closed)"),
        ("metadata.example", Egress::clone(&dns.egress()), "169.254.169.254 (cloud metadata)"),
        ("inside.example", configured(&["127.0.0.2"], &[]), "127.0.0.2 (a network that the configuration denies)"),
        (
            "outside.example",
            configured(&[], &["127.0.0.1"]),
            "203.0.113.25 (outside the networks that the configuration allows)",
        ),
    ];
    for kind in ConnectorKind::ALL {
        for (name, egress, why) in &cases {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let port = listener.local_addr().expect("an address").port();
            let why = FailureKind::Unreachable(format!("Posthouse never connects to {why}"));
            let egress = Arc::new(egress.clone());
            let target = Target {
                host: host(name),
                proxy: Some(unmarked(kind, port)),
                egress: Arc::clone(&egress),
                ..target(25, ConnectionSecurity::None)
            };
            let report = send(&target, &letter(), HELLO, &patient()).await;
            let failure = report.failure.expect("it is refused");
            assert_eq!((failure.stage, &failure.kind), (Stage::Connector, &why), "{kind:?} {name}");
            let report = check_proxy(&unmarked(kind, port), (&host(name), 25), &egress, &patient()).await;
            assert_eq!(report.failure.map(|failure| failure.kind), Some(why), "{kind:?} {name}");
            assert!(is_unheard_of(&listener).await, "{kind:?} {name}: the proxy is not even connected to");
        }
    }
}

#[tokio::test]
async fn a_connector_that_resolves_names_itself_gets_the_name_and_nobody_else_is_asked() {
    let dns = Dns::knowing(&[]).await;
    for kind in ConnectorKind::ALL {
        let (server, _served) = Script::new(ConnectionSecurity::None).start().await;
        let (port, proxied) = start(leading_to(kind, server)).await;
        let target = Target {
            host: host(NAME),
            proxy: Some(proxy(kind, port)),
            egress: dns.egress(),
            ..target(server, ConnectionSecurity::None)
        };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{kind:?}");
        let skipped = (StageState::Skipped, "The connector resolves names itself".to_owned());
        assert_eq!(fact(&report, Stage::Dns), skipped, "{kind:?}");
        let heard = proxied.await.expect("the proxy ends").concat();
        assert!(heard.windows(NAME.len()).any(|part| part == NAME.as_bytes()), "{kind:?}: {heard:?}");
        assert_eq!(dns.count("A") + dns.count("AAAA"), 0, "{kind:?}");
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_ends_at_dns_and_the_proxy_is_not_asked() {
    let dns = Dns::knowing(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    for kind in ConnectorKind::ALL {
        let proxy = unmarked(kind, port);
        let target = Target {
            host: host(NAME),
            proxy: Some(proxy.clone()),
            egress: dns.egress(),
            ..target(25, ConnectionSecurity::None)
        };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        let failure = report.failure.expect("nobody knows it");
        assert_eq!((failure.stage, failure.kind), (Stage::Dns, FailureKind::NoSuchName));
        let report = check_proxy(&proxy, (&host(NAME), 25), &dns.egress(), &patient()).await;
        let failure = report.failure.expect("nobody knows it");
        assert_eq!((failure.stage, failure.kind), (Stage::Dns, FailureKind::NoSuchName));
    }
    assert!(is_unheard_of(&listener).await);
}

#[tokio::test]
async fn the_next_address_is_asked_for_where_the_proxy_refuses_one_or_is_silent() {
    let dns = Dns::knowing(&[(NAME, &["::1", "127.0.0.1"])]).await;
    let sends = async |kind, steps: Vec<ProxyStep>, server, limits: &StageLimits| {
        let (port, proxied) = start(steps).await;
        let target = Target {
            host: host(NAME),
            proxy: Some(unmarked(kind, port)),
            egress: dns.egress(),
            ..target(server, ConnectionSecurity::None)
        };
        let report = send(&target, &letter(), HELLO, limits).await;
        (report, proxied.await.expect("the proxy ends").concat())
    };
    for kind in ConnectorKind::ALL {
        let refuses: &[u8] = match kind {
            ConnectorKind::Socks5 => b"\x05\x04\x00\x01\0\0\0\0\0\0",
            ConnectorKind::HttpConnect => b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        };
        for first in [ProxyStep::Last(refuses.to_vec()), ProxyStep::Hang] {
            let (server, _served) = Script::new(ConnectionSecurity::None).start().await;
            let mut steps = leading_to(kind, server);
            let last = steps.pop().expect("it connects");
            let before = steps.clone();
            let steps = [&before[..], std::slice::from_ref(&first), &before[..], &[last]].concat();
            let limits = StageLimits { connector: Duration::from_secs(4), ..patient() };
            let (report, heard) = sends(kind, steps, server, &limits).await;
            assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{kind:?} {first:?}");
            assert!(heard.ends_with(&asks_for_the_address(kind, server)), "{kind:?} {first:?}: {heard:?}");
        }
        // Where it refuses all of them, its last words are told.
        let mut refusal = leading_to(kind, 9);
        refusal.pop();
        refusal.push(ProxyStep::Last(refuses.to_vec()));
        let steps = [refusal.clone(), refusal].concat();
        let (report, _) = sends(kind, steps, 9, &patient()).await;
        let failure = report.failure.expect("it is refused");
        assert!(matches!(failure.kind, FailureKind::ProxyRefused { .. }), "{kind:?}: {failure:?}");
    }
}
