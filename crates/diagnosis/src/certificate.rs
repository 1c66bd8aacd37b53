//! What is wrong with a certificate, with the dates, names and issuers that show it; and whether it helps to trust it.

use model::{Certificate, FailureKind, Host, ShownCertificate, SmtpReport, TestSend, TrustOffer};

use super::KNOWN;
use super::knowledge::Provider;
use super::observations::Observation;
use super::providers;
use super::render::Value;

/// A key of RSA is safe from here on (NIST SP 800-131A).
const RSA_BITS: u32 = 2_048;

/// A cause that the certificates show and the failure's kind alone does not.
pub struct Specific {
    pub key: &'static str,
    pub text: &'static Observation,
    /// What it has for the placeholders besides [`values`].
    pub values: Vec<Value>,
}

impl Specific {
    fn new(key: &'static str, text: &'static Observation, values: Vec<Value>) -> Self {
        Self { key, text, values }
    }
}

/// What the certificates show of a failure of this kind.
pub fn specific(test: &TestSend, report: &SmtpReport, kind: &FailureKind) -> Option<Specific> {
    let texts = &KNOWN.observations.server;
    let shown = report.certificate.as_ref()?;
    let leaf = shown.leaf()?;
    match kind {
        FailureKind::CertificateUnknownIssuer => {
            let unusable =
                || (!shown.pinnable).then(|| weakness(leaf)).flatten().map(|weakness| weakness.specific(leaf));
            between(test, shown).or_else(unusable).or_else(|| unknown_issuer(shown, leaf))
        }
        FailureKind::CertificateWrongName(names) => wrong_name(test, report, leaf, names),
        FailureKind::CertificateExpired => {
            let issuer = shown.chain.get(shown.at_fault.filter(|&at| at > 0)?)?;
            let values = vec![("subject", issuer.subject.clone()), ("until", issuer.until.to_string())];
            Some(Specific::new("certificate-expired", &texts.certificate_expired_issuer, values))
        }
        FailureKind::CertificateNotYetValid => {
            let issuer = shown.chain.get(shown.at_fault.filter(|&at| at > 0)?)?;
            let values = vec![("subject", issuer.subject.clone()), ("from", issuer.from.to_string())];
            Some(Specific::new("certificate-not-yet-valid", &texts.certificate_not_yet_valid_issuer, values))
        }
        FailureKind::CertificateBad(_) => {
            let found = shown.chain.iter().find_map(|certificate| Some((certificate, weakness(certificate)?)));
            found.map(|(certificate, weakness)| weakness.specific(certificate))
        }
        _ => None,
    }
}

/// What opens connections on their way: known by the certificates that it makes, or by what a public provider would
/// never show.
fn between(test: &TestSend, shown: &ShownCertificate) -> Option<Specific> {
    let texts = &KNOWN.observations.server;
    let issuers = || shown.chain.iter().map(|certificate| certificate.issuer.as_str());
    let made_by = |issuer: &str| {
        let issuer = issuer.to_lowercase();
        KNOWN.inspectors.iter().find(|inspector| inspector.words.iter().any(|words| issuer.contains(words)))
    };
    if let Some((issuer, inspector)) = issuers().find_map(|issuer| Some((issuer, made_by(issuer)?))) {
        let values = vec![("issuer", issuer.to_owned()), ("inspector", inspector.name.clone())];
        return Some(Specific::new("intercepted", &texts.certificate_inspected, values));
    }
    let values = vec![("issuer", issuers().next()?.to_owned()), ("provider", provider(test)?.name.clone())];
    Some(Specific::new("intercepted", &texts.certificate_intercepted, values))
}

fn unknown_issuer(shown: &ShownCertificate, leaf: &Certificate) -> Option<Specific> {
    let texts = &KNOWN.observations.server;
    let key = "certificate-self-signed";
    if leaf.is_self_issued() {
        return Some(match common_name(leaf) {
            Some(name) => {
                let values = vec![("common_name", name.to_owned())];
                Specific::new(key, &texts.certificate_self_signed_cn, values)
            }
            None => Specific::new(key, &texts.certificate_self_signed, Vec::new()),
        });
    }
    let lacks_issuer = shown.missing_issuer() == Some(leaf.issuer.as_str());
    lacks_issuer.then(|| Specific::new("certificate-chain", &texts.certificate_chain, Vec::new()))
}

fn wrong_name(test: &TestSend, report: &SmtpReport, leaf: &Certificate, names: &[String]) -> Option<Specific> {
    let texts = &KNOWN.observations.server;
    if let Some(provider) = replaced(test, names) {
        let values = vec![("provider", provider.name.clone())];
        return Some(Specific::new("another-server", &texts.another_server, values));
    }
    let key = "certificate-wrong-name";
    match (common_name(leaf), &report.observed.alias) {
        (Some(name), _) => {
            Some(Specific::new(key, &texts.certificate_wrong_name_cn, vec![("common_name", name.to_owned())]))
        }
        (None, Some(_)) if !names.is_empty() => {
            Some(Specific::new(key, &texts.certificate_wrong_name_alias, Vec::new()))
        }
        _ => None,
    }
}

/// The provider whose host was asked for, where the certificate is for none of its names.
pub fn replaced(test: &TestSend, names: &[String]) -> Option<&'static Provider> {
    let foreign = |provider: &&Provider| !names.is_empty() && !names.iter().any(|name| providers::owns(provider, name));
    provider(test).filter(foreign)
}

/// The host that stands in the common name alone: there are no names where they count.
fn common_name(leaf: &Certificate) -> Option<&str> {
    let name = providers::common_name(&leaf.subject)?;
    let is_host = Host::parse(name.trim_start_matches("*.")).is_ok() && name.contains('.');
    (leaf.names.is_empty() && is_host).then_some(name)
}

fn provider(test: &TestSend) -> Option<&'static Provider> {
    providers::named(&KNOWN, test.host.as_str(), None)
}

/// What of a certificate that was refused can be trusted, so that the next test gets further. Nothing of what was shown
/// in place of a public provider's certificate, which needs nobody's trust.
pub fn trust_offer(test: &TestSend, report: &SmtpReport, kind: &FailureKind) -> TrustOffer {
    let Some(shown) = report.certificate.as_ref().filter(|shown| shown.pinnable) else { return TrustOffer::Nothing };
    match kind {
        _ if provider(test).is_some() => TrustOffer::Nothing,
        FailureKind::CertificateUnknownIssuer if shown.ca.is_some() => TrustOffer::CertificateOrCa,
        FailureKind::CertificateUnknownIssuer
        | FailureKind::CertificateExpired
        | FailureKind::CertificateNotYetValid
        | FailureKind::CertificateWrongName(_)
        | FailureKind::CertificateOfCa
        | FailureKind::CertificateChanged { .. } => TrustOffer::Certificate,
        _ => TrustOffer::Nothing,
    }
}

/// What the certificates give for the placeholders.
pub fn values(shown: &ShownCertificate) -> Vec<Value> {
    let mut values = Vec::new();
    if let Some(leaf) = shown.leaf() {
        values.extend([("from", leaf.from.to_string()), ("until", leaf.until.to_string())]);
    }
    values.extend(shown.missing_issuer().map(|issuer| ("issuer", issuer.to_owned())));
    values
}

/// Why a certificate proves nothing to Posthouse.
enum Weakness {
    /// Signed over a digest that can be forged.
    Signature(&'static str),
    /// An RSA key of too few bits.
    Bits(u32),
    /// A key of a kind that is not taken.
    Kind,
}

impl Weakness {
    fn specific(self, certificate: &Certificate) -> Specific {
        let texts = &KNOWN.observations.server;
        let subject = ("subject", certificate.subject.clone());
        match self {
            Self::Signature(digest) => {
                let values = vec![subject, ("digest", digest.to_owned())];
                Specific::new("certificate-weak", &texts.certificate_weak_signature, values)
            }
            Self::Bits(bits) => {
                let values = vec![subject, ("bits", bits.to_string()), ("least_bits", RSA_BITS.to_string())];
                Specific::new("certificate-weak", &texts.certificate_weak_key, values)
            }
            Self::Kind => {
                let values = vec![subject, ("key", certificate.key.clone())];
                Specific::new("certificate-key", &texts.certificate_key, values)
            }
        }
    }
}

fn weakness(certificate: &Certificate) -> Option<Weakness> {
    let digest = ["MD5", "SHA-1"].into_iter().find(|digest| certificate.signature.starts_with(&format!("{digest} ")));
    let bits = certificate.key.strip_prefix("RSA, ").and_then(|rest| rest.strip_suffix(" bits")?.parse::<u32>().ok());
    match (digest, bits) {
        // Nobody looks at the signature of a root.
        (Some(digest), _) if !certificate.is_self_issued() => Some(Weakness::Signature(digest)),
        (_, Some(bits)) if bits < RSA_BITS => Some(Weakness::Bits(bits)),
        (_, None) if !["ECDSA, P-256", "ECDSA, P-384", "Ed25519"].contains(&certificate.key.as_str()) => {
            Some(Weakness::Kind)
        }
        _ => None,
    }
}
