//! A zoo of certificates, made by OpenSSL: each is inspected in full and told by its fault, also where errors are
//! ignored.

use model::{Acceptance, CertificateCheck, FailureKind, Trust, TrustOffer};

use crate::zoo::{DAYS, HOST, NAMED, Refused, Zoo};

#[tokio::test]
async fn a_whole_chain_is_inspected() {
    let zoo = Zoo::new();
    zoo.key("good", "2048");
    zoo.server("good", "DNS:mx.zoo.example,DNS:*.example.org,IP:192.0.2.1", Some("middle"), DAYS);
    let report = zoo.shown(HOST, &["good", "middle"], CertificateCheck::Verify, zoo.trust()).await;
    assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None));
    let shown = report.certificate.expect("it was shown");
    assert_eq!((&shown.fault, shown.missing_issuer()), (&None, Some("CN=Zoo Root")));
    let [leaf, middle] = shown.chain.as_slice() else { panic!("two were shown: {:?}", shown.chain) };
    assert_eq!((leaf.subject.as_str(), leaf.issuer.as_str()), ("CN=good", "CN=Zoo Intermediate"));
    assert_eq!(leaf.names, ["mx.zoo.example", "*.example.org", "192.0.2.1"]);
    assert_eq!((leaf.key.as_str(), leaf.signature.as_str()), ("RSA, 2048 bits", "SHA-256 with ECDSA"));
    assert_eq!((leaf.fingerprint.clone(), leaf.is_ca), (zoo.fingerprint("good"), false));
    assert_eq!(leaf.until.0 - leaf.from.0, 90 * 86_400_000_000);
    assert_eq!((middle.key.as_str(), middle.is_ca), ("ECDSA, P-256", true));
    assert_eq!(shown.until(), Some(leaf.until), "it is the server's own that counts");
}

#[tokio::test]
async fn a_chain_without_its_intermediate_names_what_is_missing() {
    let zoo = Zoo::new();
    zoo.server("mx", NAMED, Some("middle"), DAYS);
    let refused = zoo.refused(HOST, &["mx"], zoo.trust(), |kind| *kind == FailureKind::CertificateUnknownIssuer).await;
    refused.is("certificate-chain", &["CN=Zoo Intermediate"]);
    assert!(refused.found.fixes[0].text.contains("fullchain"));
}

#[tokio::test]
async fn dates_are_told_with_the_day() {
    let zoo = Zoo::new();
    zoo.dated("old", "20200101000000Z", "20210101000000Z");
    zoo.dated("new", "20990101000000Z", "20991231000000Z");
    let chain = |name| [name, "middle"];
    let expired = |kind: &FailureKind| *kind == FailureKind::CertificateExpired;
    let refused = zoo.refused(HOST, &chain("old"), zoo.trust(), expired).await;
    refused.is("certificate-expired", &["1 Jan 2021"]);
    let early = |kind: &FailureKind| *kind == FailureKind::CertificateNotYetValid;
    let refused = zoo.refused(HOST, &chain("new"), zoo.trust(), early).await;
    refused.is("certificate-not-yet-valid", &["1 Jan 2099"]);
}

#[tokio::test]
async fn who_issued_it_is_told() {
    let zoo = Zoo::new();
    let unknown = |kind: &FailureKind| *kind == FailureKind::CertificateUnknownIssuer;
    zoo.server("own", NAMED, None, DAYS);
    zoo.refused(HOST, &["own"], zoo.trust(), unknown).await.is("certificate-self-signed", &["issued by itself"]);

    zoo.authority("stranger", "CN=Stranger", None);
    zoo.server("mx", NAMED, Some("stranger"), DAYS);
    let refused = zoo.refused(HOST, &["mx", "stranger"], zoo.trust(), unknown).await;
    refused.is("certificate-unknown-issuer", &[]);
    assert_eq!(refused.shown.ca.map(|ca| ca.fingerprint), Some(zoo.fingerprint("stranger")));
}

#[tokio::test]
async fn names_are_held_against_the_host() {
    let zoo = Zoo::new();
    zoo.server("wild", "DNS:*.zoo.example", Some("middle"), DAYS);
    zoo.server("idn", "DNS:xn--bcher-kva.example", Some("middle"), DAYS);
    let accepted = async |host: &str, name: &str| {
        let report = zoo.shown(host, &[name, "middle"], CertificateCheck::Verify, zoo.trust()).await;
        assert_eq!((report.taken, report.failure), (Acceptance::Yes, None), "{host} with {name}");
    };
    accepted(HOST, "wild").await;
    accepted("bücher.example", "idn").await;
    accepted("xn--bcher-kva.example", "idn").await;

    let other = |kind: &FailureKind| matches!(kind, FailureKind::CertificateWrongName(_));
    let refused = zoo.refused("deep.mx.zoo.example", &["wild", "middle"], zoo.trust(), other).await;
    refused.is("certificate-wrong-name", &["*.zoo.example"]);
    let refused = zoo.refused(HOST, &["idn", "middle"], zoo.trust(), other).await;
    refused.is("certificate-wrong-name", &["bücher.example"]);
    let refused = zoo.refused("xn--bcher-kva.example", &["wild", "middle"], zoo.trust(), other).await;
    refused.is("certificate-wrong-name", &["The server at bücher.example", "*.zoo.example"]);
}

#[tokio::test]
async fn a_signature_of_yesterday_is_told_by_its_digest() {
    let zoo = Zoo::new();
    zoo.server("sha1", NAMED, Some("middle"), "-days 90 -sha1");
    let refused = zoo.refused(HOST, &["sha1", "middle"], zoo.trust(), |_| true).await;
    refused.is("certificate-weak", &["SHA-1", "can be forged"]);
    assert_eq!(refused.shown.chain[0].signature, "SHA-1 with ECDSA");
}

/// ring, which serves in these tests, signs with no such key: OpenSSL does.
#[tokio::test]
async fn a_key_that_is_too_short_is_told_by_its_bits() {
    let zoo = Zoo::new();
    zoo.key("short", "1024");
    zoo.server("short", NAMED, Some("middle"), DAYS);
    let report = zoo.sent_to("short", &["-cipher", "DEFAULT@SECLEVEL=0"], zoo.trust()).await;
    assert_eq!(report.certificate.as_ref().map(|shown| shown.chain[0].key.as_str()), Some("RSA, 1024 bits"));
    Refused::new(HOST, report).is("certificate-weak", &["1024 bits"]);
}

#[tokio::test]
async fn a_pinned_certificate_passes_and_a_changed_one_is_told() {
    let zoo = Zoo::new();
    zoo.server("pinned", "DNS:elsewhere.example", None, DAYS);
    zoo.server("changed", NAMED, None, DAYS);
    let pin = || Trust::Certificate(zoo.fingerprint("pinned"));
    let report = zoo.shown(HOST, &["pinned"], CertificateCheck::Verify, pin()).await;
    assert_eq!((report.taken, report.certificate.expect("it was shown").fault), (Acceptance::Yes, None));
    let changed = |kind: &FailureKind| matches!(kind, FailureKind::CertificateChanged { .. });
    let refused = zoo.refused(HOST, &["changed"], pin(), changed).await;
    refused.is("certificate-changed", &[zoo.fingerprint("changed").as_str(), zoo.fingerprint("pinned").as_str()]);
}

#[tokio::test]
async fn a_name_of_ten_kilobytes_is_cut_and_shown_as_text() {
    let zoo = Zoo::new();
    let long: Vec<String> = (0..700).map(|n| format!("DNS:n{n}.zoo.example")).collect();
    zoo.key("<script>long", "ec");
    zoo.server("<script>long", &format!("{},{NAMED}", long.join(",")), None, DAYS);
    let report = zoo.shown(HOST, &["<script>long"], CertificateCheck::Ignore, Trust::Machine).await;
    let shown = report.certificate.expect("it was shown");
    let leaf = shown.leaf().expect("it can be read");
    assert_eq!((leaf.names.len(), leaf.more_names), (50, 651));
    assert_eq!(leaf.subject, "CN=<script>long", "it is text to whoever shows it");
}

#[tokio::test]
async fn an_issuer_that_has_expired_is_told_by_its_own_name_and_day() {
    let zoo = Zoo::new();
    zoo.authority("old", "CN=Zoo Old Intermediate", Some("root"));
    zoo.server("mx", NAMED, Some("old"), DAYS);
    zoo.issue_again("old", "root", "20200101000000Z", "20210101000000Z");
    let expired = |kind: &FailureKind| *kind == FailureKind::CertificateExpired;
    let refused = zoo.refused(HOST, &["mx", "old"], zoo.trust(), expired).await;
    refused.is("certificate-expired", &["CN=Zoo Old Intermediate", "1 Jan 2021"]);
    assert_eq!((refused.shown.at_fault, refused.trust()), (Some(1), TrustOffer::Certificate));

    zoo.issue_again("old", "root", "20990101000000Z", "20991231000000Z");
    let early = |kind: &FailureKind| *kind == FailureKind::CertificateNotYetValid;
    let refused = zoo.refused(HOST, &["mx", "old"], zoo.trust(), early).await;
    refused.is("certificate-not-yet-valid", &["CN=Zoo Old Intermediate", "1 Jan 2099"]);
}

#[tokio::test]
async fn a_certificate_of_an_old_version_is_said_to_be_one_and_is_not_offered() {
    let zoo = Zoo::new();
    zoo.key("v1", "ec");
    zoo.openssl("req -new -key v1.key -out v1.csr -subj /CN=mx.zoo.example", &[]);
    zoo.openssl("x509 -req -in v1.csr -CA middle.pem -CAkey middle.key -CAcreateserial -days 90 -out v1.pem", &[]);
    let refused = Refused::new(HOST, zoo.sent_to("v1", &[], zoo.trust()).await);
    refused.is("certificate-version", &["old version of X.509"]);
    assert_eq!(refused.trust(), TrustOffer::Nothing);
    // It would not help: the handshake itself wants to read it.
    let pinned = zoo.sent_to("v1", &[], Trust::Certificate(zoo.fingerprint("v1"))).await;
    assert!(pinned.failure.is_some_and(|failure| failure.stage == model::Stage::Tls));
}

#[tokio::test]
async fn a_name_in_the_cn_alone_is_shown_and_said_not_to_count() {
    let zoo = Zoo::new();
    for (name, issuer) in [("issued", Some("middle")), ("own", None)] {
        zoo.key(name, "ec");
        zoo.sign(name, "CN=mx.zoo.example", issuer, "basicConstraints=CA:FALSE", DAYS);
    }
    let refused = zoo.refused(HOST, &["issued", "middle"], zoo.trust(), |_| true).await;
    refused.is("certificate-wrong-name", &["mx.zoo.example", "common name (CN) alone"]);
    assert_eq!(refused.trust(), TrustOffer::Certificate);
    let pin = Trust::Certificate(zoo.fingerprint("issued"));
    let report = zoo.shown(HOST, &["issued", "middle"], CertificateCheck::Verify, pin).await;
    assert_eq!(report.taken, Acceptance::Yes, "what is offered helps");
    let refused = zoo.refused(HOST, &["own"], zoo.trust(), |_| true).await;
    refused.is("certificate-self-signed", &["common name (CN) alone"]);
}

#[tokio::test]
async fn a_cas_certificate_in_place_of_a_servers_is_told_and_its_own_one_is_taken() {
    let zoo = Zoo::new();
    let ca = format!("basicConstraints=critical,CA:TRUE\nsubjectAltName={NAMED}");
    for (name, issuer) in [("issued", Some("middle")), ("own", None)] {
        zoo.key(name, "ec");
        zoo.sign(name, &format!("CN={name}"), issuer, &ca, DAYS);
    }
    let of_ca = |kind: &FailureKind| *kind == FailureKind::CertificateOfCa;
    let refused = zoo.refused(HOST, &["issued", "middle"], zoo.trust(), of_ca).await;
    refused.is("certificate-of-ca", &["CA:TRUE"]);
    assert_eq!(refused.trust(), TrustOffer::Certificate);

    // What `openssl req -x509` makes, trusted as a CA.
    let trust = || zoo.trust_in("own");
    let report = zoo.shown(HOST, &["own"], CertificateCheck::Verify, trust()).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
    let other = |kind: &FailureKind| matches!(kind, FailureKind::CertificateWrongName(_));
    zoo.refused("deep.mx.zoo.example", &["own"], trust(), other).await.is("certificate-wrong-name", &[]);
    zoo.issue_again("own", "own", "20200101000000Z", "20210101000000Z");
    let expired = |kind: &FailureKind| *kind == FailureKind::CertificateExpired;
    zoo.refused(HOST, &["own"], zoo.trust_in("own"), expired).await.is("certificate-expired", &["1 Jan 2021"]);
}

#[tokio::test]
async fn what_is_wrong_deep_in_the_chain_is_told_of_the_certificate_that_has_it() {
    let zoo = Zoo::new();
    zoo.key("sha1", "ec");
    zoo.sign("sha1", "CN=Zoo SHA-1", Some("root"), "basicConstraints=critical,CA:TRUE", "-days 90 -sha1");
    zoo.server("below", NAMED, Some("sha1"), DAYS);
    let refused = zoo.refused(HOST, &["below", "sha1"], zoo.trust(), |_| true).await;
    refused.is("certificate-weak", &["CN=Zoo SHA-1", "signed with SHA-1"]);

    zoo.key("wide", "P-521");
    zoo.authority("wide", "CN=Zoo P-521", Some("root"));
    zoo.server("narrow", NAMED, Some("wide"), DAYS);
    let refused = zoo.refused(HOST, &["narrow", "wide"], zoo.trust(), |_| true).await;
    refused.is("certificate-key", &["CN=Zoo P-521", "ECDSA, P-521"]);
}

#[tokio::test]
async fn keys_and_signatures_of_today_are_taken() {
    let zoo = Zoo::new();
    zoo.key("rsa", "2048");
    zoo.authority("rsa", "CN=Zoo RSA", Some("root"));
    for (name, kind, issuer, options) in [
        ("ed25519", "Ed25519", "middle", DAYS),
        ("p384", "P-384", "middle", DAYS),
        ("pss", "2048", "rsa", "-days 90 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"),
    ] {
        zoo.key(name, kind);
        zoo.server(name, NAMED, Some(issuer), options);
        let report = zoo.shown(HOST, &[name, issuer], CertificateCheck::Verify, zoo.trust()).await;
        assert_eq!((report.taken, report.failure), (Acceptance::Yes, None), "{name}");
    }
    zoo.server("underscore", "DNS:mail_server", Some("middle"), DAYS);
    let report = zoo.shown("mail_server", &["underscore", "middle"], CertificateCheck::Verify, zoo.trust()).await;
    assert_eq!((report.taken, report.failure), (Acceptance::Yes, None));
}

/// Each of these would pass for Gmail's own, were it trusted in one press.
#[tokio::test]
async fn what_opens_the_connection_is_named_and_not_offered_for_a_public_provider() {
    let zoo = Zoo::new();
    let (gmail, unknown) = ("smtp.gmail.com", |kind: &FailureKind| *kind == FailureKind::CertificateUnknownIssuer);
    let issuers = [
        "O=Avast Web\\/Mail Shield/CN=Avast Web\\/Mail Shield Root",
        "O=Fortinet/OU=Certificate Authority/CN=FG100FTK19000000",
        "O=AO Kaspersky Lab/CN=Kaspersky Anti-Virus Personal Root Certificate",
        "CN=Bitdefender Personal CA.000000000000",
        "O=ESET, spol. s r. o./CN=ESET SSL Filter CA",
        "O=Zscaler Inc./CN=Zscaler Intermediate Root CA",
        "CN=Another Inspector",
    ];
    for (i, issuer) in issuers.into_iter().enumerate() {
        let (ca, mx) = (format!("ca{i}"), format!("mx{i}"));
        zoo.authority(&ca, issuer, None);
        zoo.server(&mx, "DNS:smtp.gmail.com,DNS:mx.zoo.example", Some(&ca), DAYS);
        let name = issuer.rsplit('=').next().expect("a name").replace('\\', "");
        for chain in [&[mx.as_str()][..], &[&mx, &ca]] {
            let refused = zoo.refused(gmail, chain, zoo.trust(), unknown).await;
            refused.is("intercepted", &[&name]);
            assert_eq!(refused.trust(), TrustOffer::Nothing, "{issuer}");
        }
        // Elsewhere it may be the company's own CA.
        let refused = zoo.refused(HOST, &[&mx, &ca], zoo.trust(), unknown).await;
        let key = if i + 1 < issuers.len() { "intercepted" } else { "certificate-unknown-issuer" };
        refused.is(key, &[]);
        assert_eq!(refused.trust(), TrustOffer::CertificateOrCa, "{issuer}");
    }
    zoo.server("srv", "DNS:srv.hosting.example", Some("middle"), DAYS);
    let other = |kind: &FailureKind| matches!(kind, FailureKind::CertificateWrongName(_));
    let refused = zoo.refused(gmail, &["srv", "middle"], zoo.trust(), other).await;
    refused.is("another-server", &["srv.hosting.example", "Gmail"]);
    assert_eq!(refused.trust(), TrustOffer::Nothing);
    assert!(refused.found.fixes.iter().all(|fix| fix.remedy.is_none()), "{:?}", refused.found.fixes);
}

#[tokio::test]
async fn a_ca_is_offered_only_where_the_certificate_passes_with_it() {
    let zoo = Zoo::new();
    zoo.authority("stranger", "CN=Stranger", None);
    zoo.server("mx", "DNS:elsewhere.example", Some("stranger"), DAYS);
    let refused = zoo.refused(HOST, &["mx", "stranger"], zoo.trust(), |_| true).await;
    assert_eq!((refused.shown.ca.is_none(), refused.trust()), (true, TrustOffer::Certificate));
}
