//! How a connection is protected.

use serde::{Deserialize, Serialize};

use crate::YesNo;

/// How the connection to a mail server is encrypted. The report shows it as No, TLS or SSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum ConnectionSecurity {
    /// Clear text.
    #[cfg_attr(feature = "db", sea_orm(string_value = "none"))]
    None,
    /// TLS from the first byte (RFC 8314, section 3.3).
    #[cfg_attr(feature = "db", sea_orm(string_value = "ssl"))]
    ImplicitTls,
    /// Begins in clear text, then encrypts or ends (RFC 3207).
    #[default]
    #[cfg_attr(feature = "db", sea_orm(string_value = "tls"))]
    StartTls,
}

impl ConnectionSecurity {
    /// What the form's two answers mean; the type counts only with a safe connection.
    pub const fn chosen(safe_connection: YesNo, tls_type: TlsType) -> Self {
        match (safe_connection, tls_type) {
            (YesNo::No, _) => Self::None,
            (YesNo::Yes, TlsType::Tls) => Self::StartTls,
            (YesNo::Yes, TlsType::Ssl) => Self::ImplicitTls,
        }
    }

    /// The port that is used where none is given: 25, 587 or 465.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::ImplicitTls => 465,
        }
    }

    /// As the column "Secure connection" shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "No",
            Self::StartTls => "TLS",
            Self::ImplicitTls => "SSL",
        }
    }

    /// How a connection is made: "with STARTTLS".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::None => "in clear text",
            Self::StartTls => "with STARTTLS",
            Self::ImplicitTls => "with implicit TLS",
        }
    }

    /// The field's standard term.
    pub const fn term(self) -> &'static str {
        match self {
            Self::None => "clear text",
            Self::StartTls => "STARTTLS",
            Self::ImplicitTls => "implicit TLS",
        }
    }
}

/// What the form asks under "Secure connection type".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TlsType {
    /// STARTTLS.
    #[default]
    #[serde(rename = "TLS")]
    Tls,
    /// Implicit TLS.
    #[serde(rename = "SSL")]
    Ssl,
}

/// How an account signs in (RFC 4954, SASL).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum Mechanism {
    /// RFC 7677, without channel binding: neither side shows the password, and the server proves that it knows it.
    #[serde(rename = "SCRAM-SHA-256")]
    #[cfg_attr(feature = "db", sea_orm(string_value = "SCRAM-SHA-256"))]
    ScramSha256,
    /// RFC 2195.
    #[serde(rename = "CRAM-MD5")]
    #[cfg_attr(feature = "db", sea_orm(string_value = "CRAM-MD5"))]
    CramMd5,
    /// RFC 4616.
    #[serde(rename = "PLAIN")]
    #[cfg_attr(feature = "db", sea_orm(string_value = "PLAIN"))]
    Plain,
    /// Never a standard, and still the only one of some servers.
    #[serde(rename = "LOGIN")]
    #[cfg_attr(feature = "db", sea_orm(string_value = "LOGIN"))]
    Login,
}

impl Mechanism {
    /// The strongest first.
    pub const ALL: [Self; 4] = [Self::ScramSha256, Self::CramMd5, Self::Plain, Self::Login];

    /// As servers offer it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    /// The password itself travels.
    pub const fn shows_the_password(self) -> bool {
        matches!(self, Self::Plain | Self::Login)
    }
}

/// What the form asks under "Mechanism".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MechanismChoice {
    /// The strongest that the server offers.
    #[default]
    Auto,
    /// This one; a server that does not offer it is not signed in to.
    #[serde(untagged)]
    Fixed(Mechanism),
}

impl MechanismChoice {
    /// In the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Auto,
        Self::Fixed(Mechanism::ScramSha256),
        Self::Fixed(Mechanism::CramMd5),
        Self::Fixed(Mechanism::Plain),
        Self::Fixed(Mechanism::Login),
    ];

    /// The form's value.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::Fixed(mechanism) => mechanism.name(),
        }
    }

    /// As the form shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Auto => "The strongest that the server offers",
            Self::Fixed(mechanism) => mechanism.name(),
        }
    }

    /// The choice of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.key() == key)
    }

    /// None for the strongest that the server offers.
    pub const fn mechanism(self) -> Option<Mechanism> {
        match self {
            Self::Auto => None,
            Self::Fixed(mechanism) => Some(mechanism),
        }
    }
}

/// Whether a certificate that does not verify ends the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateCheck {
    /// It ends the connection.
    #[default]
    Verify,
    /// The answer to "Ignore certificate error".
    Ignore,
}
