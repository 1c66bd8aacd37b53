//! Every kind of failure that Posthouse itself observes, as it is explained: each text as people read it, and the key
//! for scripts. A text that changes is changed in `expected.txt` as well.

mod cases;

use diagnosis::{diagnose, of_connector, of_host};
use model::{Diagnosis, Fix, FoundBy, Remedy, TrustOffer};

use cases::Case;

const EXPECTED: &str = include_str!("expected.txt");

#[test]
fn each_observation_is_explained_as_written_down() {
    let mut expected = EXPECTED.split_terminator("\n\n");
    let mut check = |name: &str, found: &Diagnosis| {
        assert_eq!(rendered(name, found), expected.next().unwrap_or_default().trim_end());
    };
    for Case { name, test, report } in cases::of_servers() {
        check(name, &diagnose(&test, &report).expect("the test failed"));
    }
    for (name, failure) in cases::of_connectors() {
        check(name, &of_connector("DMZ (SOCKS5 proxy, proxy.example.org:1080)", &failure));
    }
    for (name, failure) in cases::of_hosts_behind_connectors() {
        check(name, &of_host("inside.example.org", &failure));
    }
    assert_eq!(expected.next(), None, "one case for each that is expected");
}

/// `# CASE`, then a line for each part of the diagnosis.
fn rendered(name: &str, diagnosis: &Diagnosis) -> String {
    let Diagnosis { key, cause, explanation, found_by, temporary, fixes, possibilities, provider: _, trust } =
        diagnosis;
    let found_by = match found_by {
        FoundBy::Server => "server",
        FoundBy::Proxy => "proxy",
        FoundBy::Posthouse => "posthouse",
        FoundBy::Network => "network",
    };
    let temporary = if *temporary { "temporary" } else { "permanent" };
    let mut lines = vec![
        format!("# {name}"),
        format!("{key}, found by {found_by}, {temporary}"),
        format!("cause: {cause}"),
        format!("explanation: {explanation}"),
    ];
    lines.extend(possibilities.iter().map(|one| format!("possible: {} {}", one.in_words(), one.fix.text)));
    lines.extend(fixes.iter().map(|Fix { text, remedy }| match remedy.as_ref().map(Remedy::label) {
        Some(label) => format!("fix: {text} [{label}]"),
        None => format!("fix: {text}"),
    }));
    match trust {
        TrustOffer::Nothing => {}
        TrustOffer::Certificate => lines.push("offer: trust the certificate".to_owned()),
        TrustOffer::CertificateOrCa => lines.push("offer: trust the certificate or the CA".to_owned()),
    }
    lines.join("\n")
}
