//! The columns of a file of accounts: those of the report, and what an account has besides.

use crate::Column;

/// A column of a file of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountField {
    /// A column of the report.
    Shown(Column),
    Host,
    Port,
    IgnoreCertificate,
    Trust,
    Pin,
    Ca,
    Mechanism,
}

impl AccountField {
    /// Everything that an account holds.
    pub const ALL: [Self; 22] = [
        Self::Shown(Column::Id),
        Self::Shown(Column::Name),
        Self::Shown(Column::Sender),
        Self::Shown(Column::Reply),
        Self::Shown(Column::ReturnPath),
        Self::Shown(Column::Confirmation),
        Self::Shown(Column::Enabled),
        Self::Shown(Column::Default),
        Self::Host,
        Self::Port,
        Self::Shown(Column::Security),
        Self::IgnoreCertificate,
        Self::Trust,
        Self::Pin,
        Self::Ca,
        Self::Shown(Column::ForceSettings),
        Self::Shown(Column::ReadReceipt),
        Self::Shown(Column::Footer),
        Self::Shown(Column::Credential),
        Self::Mechanism,
        Self::Shown(Column::Connector),
        Self::Shown(Column::LastTest),
    ];

    /// As JSON names it; of the report's columns, as the address does.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Shown(column) => column.key(),
            Self::Host => "host",
            Self::Port => "port",
            Self::IgnoreCertificate => "ignore_certificate",
            Self::Trust => "trust",
            Self::Pin => "pin",
            Self::Ca => "ca",
            Self::Mechanism => "mechanism",
        }
    }

    /// As the head of the report or the form names it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Shown(column) => column.label(),
            Self::Host => "Host SMTP",
            Self::Port => "Port",
            Self::IgnoreCertificate => "Ignore certificate error",
            Self::Trust => "Trusted certificates",
            Self::Pin => "Certificate's fingerprint",
            Self::Ca => "CA's certificate",
            Self::Mechanism => "Mechanism",
        }
    }
}
