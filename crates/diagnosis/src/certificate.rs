//! What is wrong with a certificate, with the dates, names and issuers that show it.

use model::{Certificate, Diagnosis, Failure, FailureKind, Fix, FoundBy, ShownCertificate, SmtpReport, TestSend};

use super::key;

/// A key of RSA is safe from here on (NIST SP 800-131A).
const RSA_BITS: u32 = 2_048;

const HERE: &str = "the machine that runs Posthouse";

/// None where the failure is about something else.
pub fn refused(test: &TestSend, report: &SmtpReport, failure: &Failure) -> Option<Diagnosis> {
    let at = test.host.with_port(test.port);
    let host = test.host.as_str();
    let shown = report.certificate.as_ref();
    let leaf = shown.and_then(ShownCertificate::leaf);
    let lasts = |found: fn(&Certificate) -> String| leaf.map(found).unwrap_or_default();
    let mut name = key(&failure.kind);
    let mut temporary = false;
    let (cause, explanation, fixes): (&str, String, Vec<String>) = match &failure.kind {
        FailureKind::CertificateExpired => (
            "the certificate has expired",
            format!("The certificate of {at} is past its last day{}.", lasts(|leaf| format!(", {}", leaf.until))),
            told(&[
                "The server's administrator renews it.",
                "If the date is wrong on the machine that runs Posthouse, set it right.",
            ]),
        ),
        FailureKind::CertificateNotYetValid => {
            temporary = true;
            (
                "the certificate is not valid yet",
                format!("The certificate of {at} begins later{}.", lasts(|leaf| format!(", on {}", leaf.from))),
                told(&[
                    "Check the date of the machine that runs Posthouse.",
                    "The server's administrator can say from when it holds.",
                ]),
            )
        }
        FailureKind::CertificateWrongName(names) => (
            "the certificate is for other names",
            match names.is_empty() {
                true => format!("The certificate of {at} names no host."),
                false => format!("The server at {host} shows a certificate for {}.", names.join(", ")),
            },
            told(&["The server's administrator adds the name to the certificate."]),
        ),
        FailureKind::CertificateUnknownIssuer => {
            let missing = shown.and_then(ShownCertificate::missing_issuer);
            match (leaf, missing) {
                (Some(leaf), _) if leaf.is_self_issued() => {
                    name = "certificate-self-signed";
                    (
                        "the certificate is self-signed",
                        format!("The certificate of {at} was issued by itself: nobody else vouches for it."),
                        told(&[
                            "Compare its fingerprint with what the server's administrator says, then trust this certificate for this account alone.",
                            "Or have the server use a certificate of a public issuer.",
                        ]),
                    )
                }
                (Some(leaf), Some(issuer)) if leaf.issuer == issuer => {
                    name = "certificate-chain";
                    (
                        "the certificate's issuer is neither shown nor known here",
                        format!(
                            "{issuer} issued the certificate of {at}. The server does not show the certificate of that CA, and {HERE} does not know it."
                        ),
                        vec![
                            format!(
                                "If {issuer} is a public issuer, the server's chain lacks its certificate: the server's administrator adds it (the file that is often called “fullchain”)."
                            ),
                            "If it is a CA of your own, paste its certificate under Trusted certificates, for this account alone.".to_owned(),
                        ],
                    )
                }
                (_, root) => (
                    "the certificate's issuer is not trusted here",
                    match root {
                        Some(root) => format!("The chain of {at} ends at {root}, which {HERE} does not know."),
                        None => format!("The issuer of the certificate of {at} is not known to {HERE}."),
                    },
                    told(&[
                        "Trust the certificate, or the CA that issued it, for this account alone.",
                        "Or add the issuer to the certificates that the machine trusts.",
                        "Or have the server use a certificate of a public issuer.",
                    ]),
                ),
            }
        }
        FailureKind::CertificateBad(words) => {
            let weak = shown.and_then(|shown| shown.chain.iter().find_map(weakness));
            match weak {
                Some((subject, what)) => {
                    name = "certificate-weak";
                    (
                        "the certificate is too weak to prove anything",
                        format!("{at} shows a certificate for {subject} {what} ({words})."),
                        told(&["The server's administrator replaces it by one with a key and a signature of today."]),
                    )
                }
                None => (
                    "the certificate does not verify",
                    format!("The certificate of {at} does not verify: {words}."),
                    told(&["The server's administrator can replace it."]),
                ),
            }
        }
        FailureKind::CertificateChanged { trusted, shown } => (
            "the server shows another certificate than the one trusted",
            format!("The account trusts the certificate {trusted} alone; {at} shows {shown}."),
            told(&[
                "Ask the server's administrator whether the certificate was replaced, and for its SHA-256 fingerprint.",
                "Trust the new one only if the fingerprints are the same: else somebody may stand in between.",
            ]),
        ),
        _ => return None,
    };
    Some(Diagnosis {
        key: name.to_owned(),
        cause: cause.to_owned(),
        explanation,
        found_by: FoundBy::Posthouse,
        temporary,
        fixes: fixes.into_iter().map(|text| Fix { text, remedy: None }).collect(),
        provider: None,
    })
}

/// What makes a certificate too weak, with whom it is for.
fn weakness(certificate: &Certificate) -> Option<(&str, String)> {
    let digest = ["MD5", "SHA-1"].into_iter().find(|digest| certificate.signature.starts_with(&format!("{digest} ")));
    let bits = certificate.key.strip_prefix("RSA, ").and_then(|rest| rest.strip_suffix(" bits")?.parse::<u32>().ok());
    let what = match (digest, bits) {
        (Some(digest), _) => format!("that is signed with {digest}, which can be forged"),
        (None, Some(bits)) if bits < RSA_BITS => format!("whose key has {bits} bits; {RSA_BITS} are the least"),
        _ => return None,
    };
    Some((&certificate.subject, what))
}

fn told(fixes: &[&str]) -> Vec<String> {
    fixes.iter().map(|&fix| fix.to_owned()).collect()
}
