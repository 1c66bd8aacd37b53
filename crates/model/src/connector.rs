//! A network connector: a named way out of the network, through a SOCKS5 or an HTTP CONNECT proxy.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::credential::{CredentialChoice, Uses};
use crate::{
    ConnectorRoute, CredentialId, Diagnosis, Difference, FieldErrors, Host, Port, RecordName, TranscriptLine, YesNo,
};

/// A connector's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct ConnectorId(pub i64);

impl fmt::Display for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the proxy is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum ConnectorKind {
    /// SOCKS version 5 (RFC 1928), with a sign-in by RFC 1929.
    #[default]
    #[cfg_attr(feature = "db", sea_orm(string_value = "socks5"))]
    Socks5,
    /// HTTP's CONNECT (RFC 9110, section 9.3.6), with Basic (RFC 7617) or Digest (RFC 7616) sign-in.
    #[cfg_attr(feature = "db", sea_orm(string_value = "http"))]
    HttpConnect,
}

impl ConnectorKind {
    /// In the order of the form.
    pub const ALL: [Self; 2] = [Self::Socks5, Self::HttpConnect];

    /// As the form and the list show it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Socks5 => "SOCKS5",
            Self::HttpConnect => "HTTP CONNECT",
        }
    }

    /// "a SOCKS5 proxy".
    pub const fn proxy(self) -> &'static str {
        match self {
            Self::Socks5 => "a SOCKS5 proxy",
            Self::HttpConnect => "an HTTP CONNECT proxy",
        }
    }

    /// The port that is used where none is given: 1080 (RFC 1928, section 3) or 3128, as most HTTP proxies listen on.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::Socks5 => 1080,
            Self::HttpConnect => 3128,
        }
    }
}

/// The form "Network connector" as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorDraft {
    /// "Connector name".
    #[serde(default)]
    pub name: String,
    /// "Kind".
    #[serde(default)]
    pub kind: ConnectorKind,
    /// "Proxy host": a name or an address.
    #[serde(default)]
    pub host: String,
    /// A number from 1 to 65535; empty for the kind's usual port.
    #[serde(default)]
    pub port: String,
    /// "Resolves names itself".
    #[serde(default)]
    pub resolves_names: YesNo,
    /// "Proxy authentication": No means that the proxy asks for no sign-in.
    #[serde(default)]
    pub authentication: YesNo,
    /// A credential's number; empty for none.
    #[serde(default)]
    pub credential: String,
}

impl ConnectorDraft {
    /// The fields that can be wrong, in the order of the form.
    pub const FIELDS: [&str; 4] = ["name", "host", "port", "credential"];

    /// All rules of the form that need no other record; in the browser and on the server alike.
    pub fn parse(&self) -> Result<Connector, FieldErrors> {
        let Self { name, kind, host, port, resolves_names, authentication, credential } = self;
        let mut errors = FieldErrors::default();
        let name = errors.take("name", RecordName::parse_as("connector name", name));
        let host = errors.take("host", Host::parse_as("Proxy host", host));
        let port = errors.take("port", Port::parse(port));
        let credential = if authentication.is_yes() {
            errors.take("credential", chosen_credential(credential).map(Some))
        } else {
            Some(None)
        };
        match (name, host, port, credential) {
            (Some(name), Some(host), Some(port), Some(credential)) => {
                let resolves_names = resolves_names.is_yes();
                Ok(Connector { name, kind: *kind, host, port, resolves_names, credential })
            }
            _ => Err(errors),
        }
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| -> [(&'static str, &'static str, String); 7] {
            let Self { name, kind, host, port, resolves_names, authentication, credential } = draft.clone();
            [
                ("name", "Connector name", name),
                ("kind", "Kind", kind.label().to_owned()),
                ("host", "Proxy host", host),
                ("port", "Port", port),
                ("resolves_names", "Resolves names itself", resolves_names.label().to_owned()),
                ("authentication", "Proxy authentication", authentication.label().to_owned()),
                ("credential", "Credential", credential),
            ]
        };
        crate::problem::differing(answers(self), answers(other))
    }
}

/// The credential that was chosen in a drop-down.
pub(crate) fn chosen_credential(typed: &str) -> Result<CredentialId, String> {
    match typed.trim() {
        "" => Err("Choose a credential, or register one.".to_owned()),
        number => number.parse().map(CredentialId).map_err(|_| "Choose one of the credentials.".to_owned()),
    }
}

/// The connector that was chosen in a drop-down.
pub(crate) fn chosen_connector(typed: &str) -> Result<ConnectorId, String> {
    match typed.trim() {
        "" => Err("Choose a network connector, or register one.".to_owned()),
        number => number.parse().map(ConnectorId).map_err(|_| "Choose one of the network connectors.".to_owned()),
    }
}

/// A connector that keeps every rule of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connector {
    /// 1 to 120 characters, on one line, unique without regard to case.
    pub name: RecordName,
    /// The protocol that its proxy speaks.
    pub kind: ConnectorKind,
    /// The proxy's host, in ASCII (IDNA) where it is stored.
    pub host: Host,
    /// None means the usual port of `kind`.
    pub port: Option<Port>,
    /// The proxy gets the names of mail servers and resolves them itself, so that the egress policy is not held against
    /// their addresses. Otherwise Posthouse resolves and checks them, and the proxy gets an address.
    pub resolves_names: bool,
    /// What it signs in to the proxy with.
    pub credential: Option<CredentialId>,
}

impl Connector {
    /// The port that is connected to.
    pub fn port(&self) -> u16 {
        self.port.map_or(self.kind.usual_port(), Port::get)
    }

    /// Where the connector of this number leads.
    pub fn route(&self, id: ConnectorId) -> ConnectorRoute {
        ConnectorRoute { id, kind: self.kind, host: self.host.clone(), port: self.port() }
    }
}

/// What the form begins with: New or Edit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorForm {
    /// The version that a save names; 0 for a connector that is not there yet.
    pub version: i64,
    /// The form's answers: the defaults for New, those of the connector for Edit.
    pub draft: ConnectorDraft,
    /// The credentials that there are, by name.
    pub credentials: Vec<CredentialChoice>,
    /// The accounts that connect through it.
    pub uses: Uses,
    /// The names of the credentials that may be used through it. They lose that where it is made to lead elsewhere.
    pub permitted_by: Vec<String>,
}

/// A connector to choose, with where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorChoice {
    /// The connector's name.
    pub name: String,
    /// Where it leads.
    pub route: ConnectorRoute,
}

impl fmt::Display for ConnectorChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, route: ConnectorRoute { id: _, kind, host, port } } = self;
        write!(f, "{name} ({}, {})", kind.label(), host.with_port(*port))
    }
}

/// What a save did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedConnector {
    /// The number of the connector that was saved.
    pub id: ConnectorId,
    /// Its name as it was saved.
    pub name: String,
    /// The names of the credentials that may not be used through it any more, because it leads elsewhere now.
    pub withdrawn: Vec<String>,
}

impl fmt::Display for SavedConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, name, withdrawn } = self;
        write!(f, "“{name}” is saved.")?;
        if withdrawn.is_empty() {
            return Ok(());
        }
        let credentials: Vec<_> = withdrawn.iter().map(|name| format!("“{name}”")).collect();
        let (noun, verb) = if credentials.len() == 1 { ("credential", "is") } else { ("credentials", "are") };
        write!(
            f,
            " It leads elsewhere now, so the {noun} {} {verb} no longer permitted through it. Choose it there again and \
             enter the secret again to permit that.",
            credentials.join(", ")
        )
    }
}

/// What *Check* asks: the place to reach through the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDraft {
    /// The mail server to connect to through the proxy.
    #[serde(default)]
    pub host: String,
    /// A number from 1 to 65535.
    #[serde(default)]
    pub port: String,
}

impl CheckDraft {
    /// The host and the port to connect to. The errors name the fields `host` and `port`.
    pub fn parse(&self) -> Result<(Host, u16), FieldErrors> {
        let mut errors = FieldErrors::default();
        let host = errors.take("host", Host::parse_as("Host to reach", &self.host));
        let port = Port::parse(&self.port).and_then(|port| port.ok_or_else(|| "Enter a port to reach.".to_owned()));
        match (host, errors.take("port", port)) {
            (Some(host), Some(port)) => Ok((host, port.get())),
            _ => Err(errors),
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorCheck {
    /// The connector's number.
    pub connector: ConnectorId,
    /// The connector's name.
    pub name: String,
    /// "host:port", as it was to be reached.
    pub reached: String,
    /// What the proxy answered, in its own words.
    pub words: String,
    /// Why it was not reached.
    pub diagnosis: Option<Diagnosis>,
    /// What was said to the proxy and by it, without secrets.
    pub transcript: Vec<TranscriptLine>,
    /// Microseconds from start to end.
    pub took: u64,
}

#[cfg(test)]
mod tests;
