//! How a connection is protected.

use serde::{Deserialize, Serialize};

/// How the connection to a mail server is encrypted. The seed's words are No, TLS and SSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum Security {
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

impl Security {
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

/// Whether a certificate that does not verify ends the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CertificateCheck {
    #[default]
    Verify,
    /// The seed's "Ignore certificate error".
    Ignore,
}
