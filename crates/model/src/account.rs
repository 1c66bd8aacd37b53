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
    /// What people know it by; unique without regard to case among accounts that are not deleted.
    pub name: RecordName,
    /// Whether anything may be sent through it.
    pub enabled: bool,
    /// Whether it is the account that is used where none is chosen. Only an enabled one is.
    pub default: bool,
    /// `From`.
    pub sender: EmailAddress,
    /// `Reply-To`.
    pub reply: EmailAddress,
    /// The envelope sender.
    pub return_path: EmailAddress,
    /// `Disposition-Notification-To`, where a read receipt is asked for.
    pub confirmation: EmailAddress,
    /// Whether these addresses replace what a program passes; else they fill in what it leaves out.
    pub force_settings: bool,
    /// Whether messages ask for a read receipt, to be sent to `confirmation`.
    pub read_receipt: bool,
    /// Whether messages end with the message footer.
    pub footer: bool,
    /// The mail server, in ASCII (IDNA) where it is stored.
    pub host: Host,
    /// None means the usual port of `security`.
    pub port: Option<Port>,
    /// How the connection is encrypted.
    pub security: ConnectionSecurity,
    /// Whether a certificate that does not verify ends the connection.
    pub certificates: CertificateCheck,
    /// The machine alone, unless certificates are checked.
    pub trust: Trust,
    /// None where the server is used without a sign-in.
    pub sign_in: Option<SignIn>,
    /// None where the server is connected to directly.
    pub connector: Option<ConnectorId>,
    /// None means the limits that Posthouse is started with.
    pub time_limit: Option<TimeLimit>,
}

/// How an account signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Whose user name and secret it signs in with.
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
