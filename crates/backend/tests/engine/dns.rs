//! The stage DNS, and what is looked up to tell a cause, by a DNS server of the test's own.

use std::sync::Arc;

use backend::diagnose;
use hickory_resolver::proto::rr::RecordType;
use model::{
    Acceptance, ConnectionSecurity, Diagnosis, FailureKind, Host, NetworksDraft, Remedy, SmtpReport, Speaker, Stage,
};
use smtp::{Egress, StageLimits, Target};

use crate::support::dns::{Dns, DnsAnswer, cname, mx, of_kind, srv, txt};
use crate::support::scripted::{Act, Point, Script};
use crate::support::{HELLO, letter, limits, patient, send, target, test_send};

async fn send_to(host: &str, port: u16, egress: Arc<Egress>, limits: &StageLimits) -> SmtpReport {
    let host = Host::parse(host).expect("a name");
    send(&Target { host, egress, ..target(port, ConnectionSecurity::None) }, &letter(), HELLO, limits).await
}

/// A test of `host` that fails at once, explained.
async fn explained(host: &str, dns: &Dns) -> (SmtpReport, Diagnosis) {
    let report = send_to(host, 25, dns.egress(), &limits(Stage::Dns)).await;
    let test = model::TestSend { host: Host::parse(host).expect("a name"), ..test_send(25, ConnectionSecurity::None) };
    let found = diagnose(&test, &report).expect("it failed");
    (report, found)
}

fn remedies(found: &Diagnosis) -> Vec<Remedy> {
    found.fixes.iter().filter_map(|fix| fix.remedy.clone()).collect()
}

#[tokio::test]
async fn a_misspelt_host_is_told_with_the_name_that_is_near() {
    let dns = Dns::knowing(&[]).await;
    let (report, found) = explained("smtp.gmial.com", &dns).await;
    assert_eq!(report.failure.map(|failure| failure.kind), Some(FailureKind::NoSuchName));
    assert_eq!(found.key, "no-such-name");
    assert_eq!(remedies(&found), [Remedy::Host("smtp.gmail.com".to_owned())]);
    let (_, found) = explained("mail.nordhavn.example", &dns).await;
    assert_eq!(remedies(&found), [], "no other name is near");
}

#[tokio::test]
async fn a_mail_domain_in_place_of_its_server_is_told_with_the_servers_that_it_names() {
    let dns = Dns::start(|name, kind| match (name, kind) {
        ("nordhavn.example", RecordType::MX) => {
            DnsAnswer::Records(vec![mx(20, "b.mx.example."), mx(10, "a.mx.example.")])
        }
        ("nordhavn.example", _) => DnsAnswer::Records(Vec::new()),
        ("_submissions._tcp.nordhavn.example", RecordType::SRV) => {
            DnsAnswer::Records(vec![srv("smtp.nordhavn.example.", 465)])
        }
        _ => DnsAnswer::NoName,
    })
    .await;
    let (report, found) = explained("nordhavn.example", &dns).await;
    assert_eq!(report.failure.map(|failure| failure.kind), Some(FailureKind::NoAddress));
    assert_eq!(found.key, "no-address");
    let submission = Remedy::Server("smtp.nordhavn.example".to_owned(), ConnectionSecurity::ImplicitTls, 465);
    let exchanges = ["a.mx.example", "b.mx.example"].map(|host| Remedy::Host(host.to_owned()));
    assert_eq!(remedies(&found), [&[submission][..], &exchanges].concat());
}

#[tokio::test]
async fn each_failure_of_the_dns_is_told_and_names_the_server_that_was_asked() {
    let check = async |answer: DnsAnswer, key: &str, temporary: bool| {
        let dns = Dns::start(move |_, _| answer.clone()).await;
        let (report, found) = explained("mx.nordhavn.example", &dns).await;
        assert_eq!(report.failure.map(|failure| failure.stage), Some(Stage::Dns));
        assert_eq!((found.key.as_str(), found.temporary), (key, temporary), "{found:?}");
        assert!(found.explanation.contains(&dns.address.to_string()), "{found:?}");
        assert!(found.fixes.iter().all(|fix| !fix.text.contains("the server's administrator")), "{found:?}");
    };
    check(DnsAnswer::Fails, "dns-servfail", true).await;
    check(DnsAnswer::Refused, "dns-refused", false).await;
    check(DnsAnswer::Silent, "dns-silent", true).await;
}

#[tokio::test]
async fn a_dns_server_that_is_down_is_not_taken_for_the_mail_server() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let dns = socket.local_addr().expect("an address");
    drop(socket);
    let egress = Arc::new(Egress { dns: Some(dns), ..Egress::default() });
    let report = send_to("mx.nordhavn.example", 25, egress, &limits(Stage::Dns)).await;
    let failure = report.failure.expect("nobody answers");
    assert_eq!((failure.stage, failure.kind), (Stage::Dns, FailureKind::ResolverSilent(dns.to_string())));
}

#[tokio::test]
async fn an_alias_is_followed_and_one_that_leads_nowhere_is_named_with_its_target() {
    let (port, served) = Script::new(ConnectionSecurity::None).start().await;
    let dns = Dns::start(|name, kind| match (name, kind) {
        ("smtp.customer.example", _) => {
            let address = if kind == RecordType::A { of_kind(&["127.0.0.1"], kind) } else { Vec::new() };
            DnsAnswer::Chain("mx.vendor.example.", address)
        }
        ("gone.example", _) => DnsAnswer::Alias("nowhere.example."),
        ("empty.example", RecordType::CNAME) => DnsAnswer::Records(vec![cname("addressless.example.")]),
        ("empty.example" | "addressless.example", _) => DnsAnswer::Records(Vec::new()),
        _ => DnsAnswer::NoName,
    })
    .await;
    let report = send_to("smtp.customer.example", port, dns.egress(), &patient()).await;
    served.await.expect("the server ends");
    assert_eq!((report.taken, report.observed.alias.as_deref()), (Acceptance::Yes, Some("mx.vendor.example")));
    let fact = report.stages.iter().find(|entry| entry.stage == Stage::Dns).map(|entry| entry.fact.as_str());
    assert_eq!(fact, Some("127.0.0.1 (alias of mx.vendor.example)"));

    let (report, found) = explained("gone.example", &dns).await;
    assert_eq!(report.failure.map(|failure| failure.kind), Some(FailureKind::NoSuchName));
    assert_eq!(
        found.explanation,
        "gone.example is an alias of nowhere.example, and the DNS says that nowhere.example does not exist."
    );
    let (_, found) = explained("empty.example", &dns).await;
    assert_eq!(found.key, "no-address");
    assert!(found.explanation.contains("is an alias of addressless.example"), "{found:?}");
}

#[tokio::test]
async fn a_domain_that_takes_no_mail_is_said_to_take_none() {
    let dns = Dns::start(|_, kind| match kind {
        RecordType::MX => DnsAnswer::Records(vec![mx(0, ".")]),
        _ => DnsAnswer::Records(Vec::new()),
    })
    .await;
    let (_, found) = explained("nordhavn.example", &dns).await;
    assert_eq!((found.key.as_str(), remedies(&found)), ("no-address", Vec::new()));
    assert!(found.explanation.contains("takes no mail at all"), "{found:?}");
}

#[tokio::test]
async fn the_name_of_a_container_is_looked_up_as_it_is() {
    for name in ["stack_postfix", "_smtp", "mail_server.internal"] {
        let (port, served) = Script::new(ConnectionSecurity::None).start().await;
        let dns = Dns::start(move |asked, kind| {
            if asked == name { DnsAnswer::Records(of_kind(&["127.0.0.1"], kind)) } else { DnsAnswer::NoName }
        })
        .await;
        let report = send_to(name, port, dns.egress(), &patient()).await;
        served.await.expect("the server ends");
        assert_eq!((report.taken, report.failure), (Acceptance::Yes, None), "{name}");
    }
}

#[tokio::test]
async fn a_family_that_leads_nowhere_is_said_beside_the_one_that_works() {
    let (port, served) = Script::new(ConnectionSecurity::None).start().await;
    // Nothing listens at ::1, the scripted server being at 127.0.0.1.
    let dns = Dns::knowing(&[("both.example", &["::1", "127.0.0.1"]), ("one.example", &["127.0.0.1"])]).await;
    let report = send_to("both.example", port, dns.egress(), &patient()).await;
    served.await.expect("the server ends");
    assert_eq!(report.taken, Acceptance::Yes);
    let fact = |report: &SmtpReport, stage| {
        report.stages.iter().find(|entry| entry.stage == stage).map(|entry| entry.fact.clone()).unwrap_or_default()
    };
    assert_eq!(fact(&report, Stage::Dns), "::1, 127.0.0.1");
    assert_eq!(fact(&report, Stage::Tcp), format!("127.0.0.1:{port}, IPv6 gave no connection"));

    let (port, served) = Script::new(ConnectionSecurity::None).start().await;
    let report = send_to("one.example", port, dns.egress(), &patient()).await;
    served.await.expect("the server ends");
    assert_eq!(fact(&report, Stage::Tcp), format!("127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_name_that_changes_its_address_meanwhile_is_asked_once() {
    let (port, served) = Script::new(ConnectionSecurity::StartTls).start().await;
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let dns = Dns::start(move |_, kind| match kind {
        RecordType::A if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 => {
            DnsAnswer::Records(of_kind(&["127.0.0.1"], kind))
        }
        // The cloud's own metadata, from the second question on.
        _ => DnsAnswer::Records(of_kind(&["169.254.169.254"], kind)),
    })
    .await;
    let host = Host::parse("rebinds.example").expect("a name");
    let target = Target { host, egress: dns.egress(), ..target(port, ConnectionSecurity::StartTls) };
    let report = send(&target, &letter(), HELLO, &patient()).await;
    served.await.expect("the server ends");
    assert_eq!((report.taken, dns.count("A")), (Acceptance::Yes, 1));

    let report = send(&target, &letter(), HELLO, &patient()).await;
    let failure = report.failure.expect("the second answer leads where nobody may go");
    let why = "Posthouse never connects to 169.254.169.254 (cloud metadata)";
    assert_eq!((failure.stage, failure.kind), (Stage::Tcp, FailureKind::Unreachable(why.to_owned())));
}

#[tokio::test]
async fn each_address_of_an_answer_is_held_against_the_policy() {
    let (port, served) = Script::new(ConnectionSecurity::None).start().await;
    let dns = Dns::knowing(&[
        ("mixed.example", &["169.254.169.254", "127.0.0.1"]),
        ("metadata.example", &["169.254.169.254"]),
        ("inside.example", &["127.0.0.1"]),
    ])
    .await;
    let report = send_to("mixed.example", port, dns.egress(), &patient()).await;
    served.await.expect("the server ends");
    assert_eq!(report.taken, Acceptance::Yes);
    let notes: Vec<_> = report.transcript.iter().filter(|line| line.speaker == Speaker::Note).collect();
    assert_eq!(notes[0].text, "169.254.169.254: cloud metadata; Posthouse never connects there");

    let draft = NetworksDraft { closed: "127.0.0.0/8".to_owned(), ..NetworksDraft::default() };
    let networks = draft.parse().expect("a network");
    let closed = Arc::new(Egress { networks, ..Egress::clone(&dns.egress()) });
    for (host, egress, why) in [
        ("metadata.example", dns.egress(), "169.254.169.254 (cloud metadata)"),
        ("inside.example", closed, "127.0.0.1 (a network that an administrator closed)"),
    ] {
        let report = send_to(host, port, egress, &patient()).await;
        let failure = report.failure.expect("nothing is connected to");
        let why = FailureKind::Unreachable(format!("Posthouse never connects to {why}"));
        assert_eq!((failure.stage, failure.kind), (Stage::Tcp, why));
    }
}

#[tokio::test]
async fn a_refusal_for_spf_or_dmarc_comes_with_what_the_domain_publishes() {
    let refusal = b"550 5.7.26 Unauthenticated mail is not accepted due to the domain's DMARC policy\r\n";
    let dns = Dns::start(|name, kind| match (name, kind) {
        ("server.example", _) => DnsAnswer::Records(of_kind(&["127.0.0.1"], kind)),
        ("nordhavn.example", RecordType::TXT) => {
            DnsAnswer::Records(vec![txt("other"), txt("v=spf1 ip4:192.0.2.0/24 -all")])
        }
        _ => DnsAnswer::NoName,
    })
    .await;
    let script = Script::new(ConnectionSecurity::None).act(Point::AfterDot, Act::Say(refusal));
    let (port, served) = script.start().await;
    let report = send_to("server.example", port, dns.egress(), &patient()).await;
    served.await.expect("the server ends");
    let found = diagnose(&test_send(port, ConnectionSecurity::None), &report).expect("it failed");
    for said in [
        "nordhavn.example publishes for SPF: v=spf1 ip4:192.0.2.0/24 -all",
        "_dmarc.nordhavn.example publishes no DMARC record.",
    ] {
        assert!(found.explanation.contains(said), "{}", found.explanation);
    }

    let script = Script::new(ConnectionSecurity::None).act(Point::AfterDot, Act::Say(b"550 5.1.1 User unknown\r\n"));
    let (port, served) = script.start().await;
    let before = dns.count("TXT");
    send_to("server.example", port, dns.egress(), &patient()).await;
    served.await.expect("the server ends");
    assert_eq!(dns.count("TXT"), before, "another refusal asks nothing");
}
