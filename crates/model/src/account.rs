//! One SMTP account, as parsed.

use serde::{Deserialize, Serialize};

use crate::{
    CertificateCheck, ConnectionSecurity, ConnectorId, CredentialId, EmailAddress, Host, Mechanism, Port, RecordName,
    TimeLimit, Trust,
};

/// An account's number, as shown under ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct AccountId(pub i64);

impl std::fmt::Display for AccountId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An account that keeps every rule of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: RecordName,
    pub enabled: bool,
    pub default: bool,
    /// `From`.
    pub sender: EmailAddress,
    /// `Reply-To`.
    pub reply: EmailAddress,
    /// The envelope sender.
    pub return_path: EmailAddress,
    /// `Disposition-Notification-To`, where a read receipt is asked for.
    pub confirmation: EmailAddress,
    pub force_settings: bool,
    pub read_receipt: bool,
    pub footer: bool,
    pub host: Host,
    /// None means the usual port of `security`.
    pub port: Option<Port>,
    pub security: ConnectionSecurity,
    pub certificates: CertificateCheck,
    /// The machine alone, unless certificates are checked.
    pub trust: Trust,
    pub sign_in: Option<SignIn>,
    pub connector: Option<ConnectorId>,
    /// None means the limits that Posthouse is started with.
    pub time_limit: Option<TimeLimit>,
}

/// How an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub credential: CredentialId,
    /// None means the strongest that the server offers.
    pub mechanism: Option<Mechanism>,
}

impl Account {
    /// The port that is connected to.
    pub fn port(&self) -> u16 {
        self.port.map_or(self.security.usual_port(), Port::get)
    }
}
