//! What is wrong with a certificate, with the dates, names and issuers that show it.

use model::{Certificate, FailureKind, ShownCertificate};

use super::KNOWN;
use super::observations::Observation;
use super::render::Value;

/// A key of RSA is safe from here on (NIST SP 800-131A).
const RSA_BITS: u32 = 2_048;

/// A cause that the certificates show and the failure's kind alone does not, with its key.
pub fn specific(shown: &ShownCertificate, kind: &FailureKind) -> Option<(&'static str, &'static Observation)> {
    let texts = &KNOWN.observations.server;
    match kind {
        FailureKind::CertificateUnknownIssuer => {
            let leaf = shown.leaf()?;
            if leaf.is_self_issued() {
                return Some(("certificate-self-signed", &texts.certificate_self_signed));
            }
            let lacks_issuer = shown.missing_issuer() == Some(leaf.issuer.as_str());
            lacks_issuer.then_some(("certificate-chain", &texts.certificate_chain))
        }
        FailureKind::CertificateBad(_) => match shown.chain.iter().find_map(weakness)?.1 {
            Weakness::Signature(_) => Some(("certificate-weak", &texts.certificate_weak_signature)),
            Weakness::Key(_) => Some(("certificate-weak", &texts.certificate_weak_key)),
        },
        _ => None,
    }
}

/// What the certificates give for the placeholders.
pub fn values(shown: &ShownCertificate) -> Vec<Value> {
    let mut values = Vec::new();
    if let Some(leaf) = shown.leaf() {
        values.extend([("from", leaf.from.to_string()), ("until", leaf.until.to_string())]);
    }
    values.extend(shown.missing_issuer().map(|issuer| ("issuer", issuer.to_owned())));
    if let Some((certificate, weakness)) = shown.chain.iter().find_map(weakness) {
        values.push(("subject", certificate.subject.clone()));
        match weakness {
            Weakness::Signature(digest) => values.push(("digest", digest.to_owned())),
            Weakness::Key(bits) => {
                values.extend([("bits", bits.to_string()), ("least_bits", RSA_BITS.to_string())]);
            }
        }
    }
    values
}

/// What makes a certificate too weak.
enum Weakness {
    /// Signed over a digest that can be forged.
    Signature(&'static str),
    /// An RSA key of too few bits.
    Key(u32),
}

fn weakness(certificate: &Certificate) -> Option<(&Certificate, Weakness)> {
    let digest = ["MD5", "SHA-1"].into_iter().find(|digest| certificate.signature.starts_with(&format!("{digest} ")));
    let bits = certificate.key.strip_prefix("RSA, ").and_then(|rest| rest.strip_suffix(" bits")?.parse::<u32>().ok());
    match (digest, bits) {
        (Some(digest), _) => Some((certificate, Weakness::Signature(digest))),
        (None, Some(bits)) if bits < RSA_BITS => Some((certificate, Weakness::Key(bits))),
        _ => None,
    }
}
