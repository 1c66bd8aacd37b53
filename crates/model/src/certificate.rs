//! The certificates that a server showed, as they speak of themselves: proven by nobody until they were verified.

use serde::{Deserialize, Serialize};

use crate::{FailureKind, Fingerprint, Moment};

/// So many days before a certificate ends, people are warned.
const WARNED_DAYS: i64 = 21;

/// The certificate that a server showed, verified or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCertificate {
    /// SHA-256 of the certificate in DER.
    pub fingerprint: Fingerprint,
    /// Whom it is for, and who issued it, made visible: "CN=mx.example.org".
    pub subject: String,
    /// Who issued it, in the same form.
    pub issuer: String,
    /// The topmost CA that the server showed with it, if it showed one: of a certificate that is refused, only where
    /// it passes once this CA is trusted.
    pub ca: Option<ShownCa>,
    /// A connection can be made once this very certificate is trusted: its form and its key are of those that Posthouse
    /// takes.
    #[serde(default = "yes")]
    pub pinnable: bool,
    /// The certificate itself, and what else was shown with it, in the server's order.
    #[serde(default)]
    pub chain: Vec<Certificate>,
    /// The first check that failed, also where errors are ignored.
    #[serde(default)]
    pub fault: Option<FailureKind>,
    /// Which of the chain that check was about, where that is known.
    #[serde(default)]
    pub at_fault: Option<usize>,
}

/// Of reports that earlier versions kept.
const fn yes() -> bool {
    true
}

/// A certification authority as a server showed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownCa {
    /// SHA-256 of the certificate in DER.
    pub fingerprint: Fingerprint,
    /// Whom it is for, made visible.
    pub subject: String,
    /// The certificate itself (RFC 7468).
    pub pem: String,
}

/// One certificate (RFC 5280, section 4). Texts are bounded, and made visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256 of the certificate in DER.
    pub fingerprint: Fingerprint,
    /// Whom it is for: "CN=mx.example.org".
    pub subject: String,
    /// Who issued it, in the same form.
    pub issuer: String,
    /// The hosts that it is for: names in their ASCII form, and addresses.
    pub names: Vec<String>,
    /// How many more there are.
    pub more_names: usize,
    /// It is not valid before.
    pub from: Moment,
    /// It is not valid after.
    pub until: Moment,
    /// "RSA, 2048 bits", "ECDSA, P-256".
    pub key: String,
    /// "SHA-256 with RSA".
    pub signature: String,
    /// Whether it may issue others (basicConstraints, RFC 5280, section 4.2.1.9).
    pub is_ca: bool,
}

impl Certificate {
    /// Issued by its own subject: self-signed, or the root of a CA.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

impl ShownCertificate {
    /// The certificate of the server itself, as far as it can be read.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.chain.first()
    }

    /// The end of the server's own certificate. Others that were shown may be of no use by then, and harm nobody.
    pub fn until(&self) -> Option<Moment> {
        self.leaf().map(|leaf| leaf.until)
    }

    /// The issuer whose certificate was not shown: either it is a root, which may stay away, or the chain lacks it.
    pub fn missing_issuer(&self) -> Option<&str> {
        let mut at = self.leaf()?;
        for _ in &self.chain {
            if at.is_self_issued() {
                return None;
            }
            match self.chain.iter().find(|certificate| certificate.subject == at.issuer) {
                Some(issuer) => at = issuer,
                None => return Some(&at.issuer),
            }
        }
        None
    }
}

impl FailureKind {
    /// What is wrong with a certificate, as one line.
    pub fn of_certificate(&self) -> String {
        match self {
            Self::CertificateExpired => "The certificate has expired".to_owned(),
            Self::CertificateNotYetValid => "The certificate is not valid yet".to_owned(),
            Self::CertificateWrongName(names) if names.is_empty() => "The certificate holds no name".to_owned(),
            Self::CertificateWrongName(names) => format!("The certificate is for {}", names.join(", ")),
            Self::CertificateUnknownIssuer => "The certificate's issuer is not trusted".to_owned(),
            Self::CertificateVersion => "The certificate is of an old version of X.509".to_owned(),
            Self::CertificateOfCa => "The certificate is a CA's own".to_owned(),
            Self::CertificateChanged { shown, .. } => format!("Another certificate than the one trusted: {shown}"),
            Self::CertificateBad(why) => why.clone(),
            _ => "The certificate does not verify".to_owned(),
        }
    }
}

/// Whole days until an instant, rounded down; negative once it is past.
pub const fn days_until(until: Moment, now: Moment) -> i64 {
    (until.0 - now.0).div_euclid(86_400_000_000)
}

/// What is said of a certificate that ends in so many days: nothing while there is time.
pub fn expiry_words(days: i64) -> Option<String> {
    match days {
        ..0 => Some("Certificate has expired".to_owned()),
        0 => Some("Certificate ends within a day".to_owned()),
        1 => Some("Certificate ends in 1 day".to_owned()),
        2..=WARNED_DAYS => Some(format!("Certificate ends in {days} days")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_ones_and_warned_of_from_the_21st_on() {
        const DAY: i64 = 86_400_000_000;
        let check = |until: i64, days, words: Option<&str>| {
            assert_eq!(days_until(Moment(until), Moment(0)), days, "{until}");
            assert_eq!(expiry_words(days).as_deref(), words, "{until}");
        };
        check(-1, -1, Some("Certificate has expired"));
        check(0, 0, Some("Certificate ends within a day"));
        check(DAY + 1, 1, Some("Certificate ends in 1 day"));
        check(22 * DAY - 1, 21, Some("Certificate ends in 21 days"));
        check(22 * DAY, 22, None);
    }

    #[test]
    fn the_issuer_that_was_not_shown_is_named() {
        let named = |subject: &str, issuer: &str| Certificate {
            fingerprint: Fingerprint::of_digest([0; 32]),
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            names: Vec::new(),
            more_names: 0,
            from: Moment(0),
            until: Moment(0),
            key: String::new(),
            signature: String::new(),
            is_ca: false,
        };
        let check = |chain: &[(&str, &str)], missing: Option<&str>| {
            let chain: Vec<_> = chain.iter().map(|(subject, issuer)| named(subject, issuer)).collect();
            let shown = ShownCertificate {
                fingerprint: Fingerprint::of_digest([0; 32]),
                subject: String::new(),
                issuer: String::new(),
                ca: None,
                pinnable: true,
                chain,
                fault: None,
                at_fault: None,
            };
            assert_eq!(shown.missing_issuer(), missing);
        };
        check(&[], None);
        check(&[("a", "a")], None);
        check(&[("a", "b")], Some("b"));
        check(&[("a", "b"), ("b", "c")], Some("c"));
        check(&[("a", "b"), ("c", "c")], Some("b"));
        check(&[("a", "b"), ("b", "c"), ("c", "c")], None);
        check(&[("a", "b"), ("b", "a")], None);
    }
}
