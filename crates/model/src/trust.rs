//! Whom an account trusts besides those that the machine trusts: one certificate, or a certification authority.

use std::fmt;

use serde::{Deserialize, Serialize};

/// SHA-256 of a certificate, in 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Fingerprint(String);

impl Fingerprint {
    /// In any of the ways in which tools show it: with colons or spaces, in capitals, after a name of the digest.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        let text = text.rsplit_once('=').map_or(text, |(_, digits)| digits);
        let text = text.strip_prefix("SHA256:").or_else(|| text.strip_prefix("sha256:")).unwrap_or(text);
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ' | '-')).collect();
        match digits.len() {
            0 => Err("Enter a SHA-256 fingerprint: 64 hexadecimal digits.".to_owned()),
            64 if digits.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(Self(digits.to_ascii_lowercase())),
            40 | 32 if digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Err("This is a fingerprint of another digest. SHA-256 has 64 hexadecimal digits.".to_owned())
            }
            _ => Err("A SHA-256 fingerprint has 64 hexadecimal digits, with or without colons.".to_owned()),
        }
    }

    /// Of the digest itself.
    pub fn of_digest(digest: [u8; 32]) -> Self {
        Self(digest.iter().map(|octet| format!("{octet:02x}")).collect())
    }

    /// 64 digits in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Certificates of certification authorities in PEM (RFC 7468), and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct CaPem(String);

/// The most certificates of one account, and the most octets of their text.
pub const CAS_AT_MOST: usize = 4;
/// The longest PEM of an account's own CAs, in octets.
pub const CA_OCTETS: usize = 32 * 1024;

impl CaPem {
    /// Looks at the frame. Whether each is a certificate of a CA is looked at by the server.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        if text.is_empty() {
            return Err("Paste the CA's certificate, from BEGIN CERTIFICATE to END CERTIFICATE.".to_owned());
        }
        if text.contains("PRIVATE KEY-----") {
            return Err("This holds a private key. Take it out, and have it replaced: it has been shown.".to_owned());
        }
        if text.len() > CA_OCTETS {
            return Err(format!("This is longer than {} kB. Paste the CA's certificate alone.", CA_OCTETS / 1024));
        }
        match text.matches("-----BEGIN CERTIFICATE-----").count() {
            0 => Err("This holds no certificate. It begins with -----BEGIN CERTIFICATE-----.".to_owned()),
            n if n > CAS_AT_MOST => {
                Err(format!("This holds {n} certificates. An account trusts at most {CAS_AT_MOST} CAs of its own."))
            }
            _ => Ok(Self(text.replace("\r\n", "\n"))),
        }
    }

    /// The PEM, with lines that end with LF.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the form asks under "Trusted certificates".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrustKind {
    /// Those that the machine trusts.
    #[default]
    Machine,
    /// One certificate, by its fingerprint.
    Certificate,
    /// A CA of the account's own, besides those that the machine trusts.
    Ca,
}

impl TrustKind {
    /// In the order of the form.
    pub const ALL: [Self; 3] = [Self::Machine, Self::Certificate, Self::Ca];

    /// As the form shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Machine => "Those of the machine",
            Self::Certificate => "This certificate",
            Self::Ca => "This CA",
        }
    }
}

/// Whom an account trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The CAs that the server's operating system trusts.
    #[default]
    Machine,
    /// This very certificate, whatever its names, issuer and dates are; and no other.
    Certificate(Fingerprint),
    /// These CAs, besides those that the machine trusts.
    Ca(CaPem),
}

impl Trust {
    /// As the form asks for it.
    pub const fn kind(&self) -> TrustKind {
        match self {
            Self::Machine => TrustKind::Machine,
            Self::Certificate(_) => TrustKind::Certificate,
            Self::Ca(_) => TrustKind::Ca,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_tools_show_it() {
        let digits = "0a".repeat(32);
        let colons = vec!["0A"; 32].join(":");
        for typed in
            [digits.clone(), colons.clone(), format!("sha256 Fingerprint={colons}"), format!(" SHA256:{digits} ")]
        {
            assert_eq!(Fingerprint::parse(&typed).map(|print| print.to_string()), Ok(digits.clone()), "{typed}");
        }
        for typed in ["", "0a", &"0a".repeat(20), &"0g".repeat(32)] {
            assert!(Fingerprint::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_ca_is_certificates_alone() {
        let one = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        assert!(CaPem::parse(one).is_ok());
        let with_key = format!("{one}-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
        for bad in ["", "MIIB", &with_key, &one.repeat(10)] {
            assert!(CaPem::parse(bad).is_err(), "{bad}");
        }
    }
}
