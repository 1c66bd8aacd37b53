//! Certificates that are refused.

use super::*;

fn certificate(subject: &str, issuer: &str) -> Certificate {
    Certificate {
        fingerprint: fingerprint(1),
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        names: Vec::new(),
        more_names: 0,
        from: Moment::of_day("2027-01-01").expect("a day"),
        until: Moment::of_day("2026-01-01").expect("a day"),
        key: "ECDSA, P-256".to_owned(),
        signature: "SHA-256 with ECDSA".to_owned(),
        is_ca: false,
    }
}

pub fn of_certificates() -> Vec<Case> {
    let shown = |name, kind| Case::new(name, Stage::Tls, kind);
    let leaf = || certificate("CN=mail.example.org", "CN=Example CA");
    let bad = || Kind::CertificateBad("bad signature".to_owned());
    vec![
        shown("expired", Kind::CertificateExpired).showing(vec![leaf()]),
        shown("expired, not readable", Kind::CertificateExpired),
        shown("issuer expired", Kind::CertificateExpired)
            .showing(vec![leaf(), certificate("CN=Example CA", "CN=Example Root")])
            .shown(|shown| shown.at_fault = Some(1)),
        shown("issuer not yet valid", Kind::CertificateNotYetValid)
            .showing(vec![leaf(), certificate("CN=Example CA", "CN=Example Root")])
            .shown(|shown| shown.at_fault = Some(1)),
        shown("not yet valid", Kind::CertificateNotYetValid).showing(vec![leaf()]),
        shown("not yet valid, not readable", Kind::CertificateNotYetValid),
        shown("for no name", Kind::CertificateWrongName(Vec::new())),
        shown(
            "for other names",
            Kind::CertificateWrongName(vec!["mx.example.org".to_owned(), "*.example.org".to_owned()]),
        ),
        shown("for no name, but in the CN", Kind::CertificateWrongName(Vec::new())).showing(vec![leaf()]),
        shown("for the alias' name", Kind::CertificateWrongName(vec!["*.example.net".to_owned()]))
            .alias_of("mx.example.net")
            .showing(vec![Certificate { names: vec!["*.example.net".to_owned()], ..leaf() }]),
        shown(
            "another server in place of a provider's",
            Kind::CertificateWrongName(vec!["srv.example.net".to_owned()]),
        )
        .of_host("smtp.gmail.com")
        .showing(vec![Certificate { names: vec!["srv.example.net".to_owned()], ..leaf() }]),
        shown("a provider's host, and an issuer that is not known", Kind::CertificateUnknownIssuer)
            .of_host("smtp.gmail.com")
            .showing(vec![leaf()]),
        shown("a virus scanner in between", Kind::CertificateUnknownIssuer).showing(vec![certificate(
            "CN=mail.example.org",
            "O=Avast Web/Mail Shield, CN=Avast Web/Mail Shield Root",
        )]),
        shown("self-signed, and named in the CN", Kind::CertificateUnknownIssuer)
            .showing(vec![certificate("CN=mail.example.org", "CN=mail.example.org")]),
        shown("of an old version", Kind::CertificateVersion)
            .showing(vec![leaf()])
            .shown(|shown| shown.pinnable = false),
        shown("of a CA", Kind::CertificateOfCa).showing(vec![leaf()]),
        shown("self-signed, of a kind that is not taken", Kind::CertificateUnknownIssuer)
            .showing(vec![Certificate { key: "ECDSA, P-521".to_owned(), ..certificate("CN=self", "CN=self") }])
            .shown(|shown| shown.pinnable = false),
        shown("self-signed", Kind::CertificateUnknownIssuer).showing(vec![certificate("CN=self", "CN=self")]),
        shown("issuer not shown", Kind::CertificateUnknownIssuer).showing(vec![leaf()]),
        shown("root not known", Kind::CertificateUnknownIssuer)
            .showing(vec![leaf(), certificate("CN=Example CA", "CN=Example Root")])
            .shown(|shown| {
                let (subject, pem) = ("CN=Example CA".to_owned(), String::new());
                shown.ca = Some(ShownCa { fingerprint: fingerprint(2), subject, pem });
            }),
        shown("issuer not known", Kind::CertificateUnknownIssuer),
        shown("does not verify", bad()).showing(vec![leaf()]),
        shown("weak signature", bad()).showing(vec![Certificate { signature: "SHA-1 with RSA".to_owned(), ..leaf() }]),
        shown("weak key", bad()).showing(vec![Certificate { key: "RSA, 1024 bits".to_owned(), ..leaf() }]),
        shown(
            "another than the trusted one",
            Kind::CertificateChanged { trusted: fingerprint(1), shown: fingerprint(2) },
        ),
    ]
}
