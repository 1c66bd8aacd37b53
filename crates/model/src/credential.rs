//! A credential: a sign-in kept in the vault, registered before use, and what it may be used with. Its secret is
//! written, replaced or cleared, and never shown: no type here holds one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::control;
use crate::problem::Answer;
use crate::{
    AccountId, ConnectorChoice, ConnectorId, ConnectorRoute, Destinations, Difference, FieldErrors, Fingerprint, Host,
    Port, RecordName, SecretReference, YesNo,
};

/// A credential's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct CredentialId(pub i64);

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The form "Credential" as it was typed, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDraft {
    /// "Credential name".
    #[serde(default)]
    pub name: String,
    /// "User name", as the mail server knows it.
    #[serde(default)]
    pub user_name: String,
    /// Separated by spaces, commas or line ends.
    #[serde(default)]
    pub hosts: String,
    /// Separated in the same way.
    #[serde(default)]
    pub ports: String,
    /// It may be used without a network connector.
    #[serde(default)]
    pub direct: YesNo,
    /// The connectors that it may be used through.
    #[serde(default)]
    pub connectors: Vec<ConnectorId>,
    /// "Only over verified TLS".
    #[serde(default = "YesNo::yes")]
    pub verified_only: YesNo,
    /// PLAIN and LOGIN may be used without TLS.
    #[serde(default)]
    pub plain_in_clear: YesNo,
    /// SHA-256 fingerprints, a line each.
    #[serde(default)]
    pub certificates: String,
}

impl Default for CredentialDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            user_name: String::new(),
            hosts: String::new(),
            ports: String::new(),
            direct: YesNo::Yes,
            connectors: Vec::new(),
            verified_only: YesNo::Yes,
            plain_in_clear: YesNo::No,
            certificates: String::new(),
        }
    }
}

/// The longest user name, in characters.
pub const USER_NAME_CHARACTERS: usize = 255;
/// The most hosts, ports or certificates that a credential names.
pub const NAMED_AT_MOST: usize = 100;

impl CredentialDraft {
    /// The fields that can be wrong, with those of the secret, in the order of the form.
    pub const FIELDS: [&str; 7] = ["name", "user_name", "secret", "reference", "hosts", "ports", "certificates"];

    /// All rules of the form that need no other record; in the browser and on the server alike. `routes` are those of
    /// the connectors that there are: what was chosen and is not among them is left out.
    pub fn parse(&self, routes: &[ConnectorRoute]) -> Result<Credential, FieldErrors> {
        let Self { name, user_name, hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } =
            self;
        let mut errors = FieldErrors::default();
        let name = errors.take("name", RecordName::parse_as("credential name", name));
        let user_name = errors.take("user_name", parse_user_name(user_name));
        let hosts = errors.take("hosts", each(hosts, "hosts", Host::parse));
        let port = |typed: &str| Port::parse(typed).map(|port| port.map(Port::get).unwrap_or_default());
        let ports = errors.take("ports", each(ports, "ports", port));
        let certificates = errors.take("certificates", each_line(certificates, "certificates", Fingerprint::parse));
        let (Some(name), Some(user_name), Some(hosts), Some(ports), Some(certificates)) =
            (name, user_name, hosts, ports, certificates)
        else {
            return Err(errors);
        };
        let verified_only = verified_only.is_yes();
        let destinations = Destinations {
            hosts,
            ports,
            direct: direct.is_yes(),
            connectors: routes.iter().filter(|route| connectors.contains(&route.id)).cloned().collect(),
            verified_only,
            plain_in_clear: !verified_only && plain_in_clear.is_yes(),
            certificates,
        };
        Ok(Credential { name, user_name, destinations: destinations.in_order() })
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        crate::problem::differing(self.answers(), other.answers())
    }

    fn answers(&self) -> [Answer; 9] {
        let Self { name, user_name, hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } =
            self.clone();
        let ids = connectors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        [
            ("name", "Credential name", name),
            ("user_name", "User name", user_name),
            ("hosts", "Hosts", hosts),
            ("ports", "Ports", ports),
            ("direct", "Without a network connector", direct.label().to_owned()),
            ("connectors", "Network connectors", ids),
            ("verified_only", "Only over verified TLS", verified_only.label().to_owned()),
            ("plain_in_clear", "Allow PLAIN and LOGIN in clear text", plain_in_clear.label().to_owned()),
            ("certificates", "Own certificates", certificates),
        ]
    }
}

fn parse_user_name(typed: &str) -> Result<String, String> {
    let text = typed.trim();
    if let Some(what) = control(text) {
        return Err(format!("User name holds {what}. Take it out."));
    }
    match text.chars().count() {
        0 => Err("Enter the user name to sign in with.".to_owned()),
        n if n > USER_NAME_CHARACTERS => {
            Err(format!("User name has {n} characters. Use at most {USER_NAME_CHARACTERS}."))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Each of the values that stand between spaces, commas and line ends.
fn each<T>(typed: &str, what: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let parts = typed.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|part| !part.is_empty());
    all(parts, what, parse)
}

/// Each of the values that stand on a line of their own.
fn each_line<T>(typed: &str, what: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    all(typed.lines().map(str::trim).filter(|line| !line.is_empty()), what, parse)
}

fn all<'a, T>(
    parts: impl Iterator<Item = &'a str>,
    what: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let values = parts.map(parse).collect::<Result<Vec<_>, _>>()?;
    match values.len() {
        n if n > NAMED_AT_MOST => Err(format!("A credential names at most {NAMED_AT_MOST} {what}; these are {n}.")),
        _ => Ok(values),
    }
}

/// A credential that keeps every rule of its own, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// 1 to 120 characters, on one line, unique without regard to case.
    pub name: RecordName,
    /// 1 to 255 characters, on one line.
    pub user_name: String,
    /// Where its secret may be sent.
    pub destinations: Destinations,
}

/// What a person wants done with the secret: three different answers, and a fourth where it is kept elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretAnswer {
    /// It stays as it is.
    #[default]
    Keep,
    /// The one that is typed takes its place.
    Replace,
    /// It is read from where the reference says, when it is used.
    Refer,
    /// It is forgotten.
    Clear,
}

/// Where a credential's secret is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecretLocation {
    /// There is none.
    #[default]
    None,
    /// Sealed, in the vault.
    Vault,
    /// Elsewhere: read at use.
    Elsewhere(SecretReference),
}

/// A record that uses a credential or a connector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// An account that signs in with it or connects through it.
    Account {
        /// The account's number.
        id: AccountId,
        /// The account's name.
        name: String,
        /// It was deleted, and can still be restored.
        deleted: bool,
    },
    /// A connector that signs in to its proxy with it.
    Connector {
        /// The connector's number.
        id: ConnectorId,
        /// The connector's name.
        name: String,
    },
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { name, deleted: false, .. } => write!(f, "the account “{name}”"),
            Self::Account { name, deleted: true, .. } => write!(f, "the deleted account “{name}”"),
            Self::Connector { name, .. } => write!(f, "the network connector “{name}”"),
        }
    }
}

/// A few of the uses, and how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// The first of them, by name.
    pub first: Vec<Use>,
    /// All of them.
    pub count: u64,
}

impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, used) in self.first.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            used.fmt(f)?;
        }
        match self.count.saturating_sub(self.first.len() as u64) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// A record by its number and name: to choose in a drop-down, or as it was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named<I> {
    /// The record's number.
    pub id: I,
    /// The record's name.
    pub name: String,
}

/// A credential to choose in a drop-down, with what it may be used with, so that the form can say what would be
/// refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialChoice {
    /// The credential's number.
    pub id: CredentialId,
    /// Its name.
    pub name: String,
    /// Where its secret may be sent.
    pub destinations: Destinations,
}

/// What the form begins with: New, Edit or Duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialForm {
    /// The version that a save names; 0 for a credential that is not there yet.
    pub version: i64,
    /// The form's answers: the defaults for New, those of the credential for Edit and Duplicate.
    pub draft: CredentialDraft,
    /// Where its secret is kept; the secret itself is never sent to a page.
    pub secret: SecretLocation,
    /// The connectors that there are.
    pub connectors: Vec<ConnectorChoice>,
    /// The accounts and connectors that use it.
    pub uses: Uses,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> CredentialDraft {
        CredentialDraft {
            name: "Relay".to_owned(),
            user_name: "NORDHAVN\\relay".to_owned(),
            hosts: "smtp.nordhavn.example, 10.0.0.25\nSMTP.nordhavn.example".to_owned(),
            ports: "587 465".to_owned(),
            ..CredentialDraft::default()
        }
    }

    #[test]
    fn hosts_and_ports_are_lists_in_order_without_doubles() {
        let credential = draft().parse(&[]).expect("the draft keeps the rules");
        let hosts: Vec<_> = credential.destinations.hosts.iter().map(Host::as_str).collect();
        assert_eq!(hosts, ["10.0.0.25", "smtp.nordhavn.example"]);
        assert_eq!(credential.destinations.ports, [465, 587]);
        assert_eq!(credential.user_name, "NORDHAVN\\relay");
    }

    #[test]
    fn each_answer_that_is_wrong_is_named() {
        let wrong = CredentialDraft {
            name: " ".to_owned(),
            user_name: "a\0b".to_owned(),
            hosts: "https://a.example".to_owned(),
            ports: "587, 70000".to_owned(),
            certificates: "12:34".to_owned(),
            ..CredentialDraft::default()
        };
        let errors = wrong.parse(&[]).expect_err("nothing of it is right");
        let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["name", "user_name", "hosts", "ports", "certificates"]);
    }

    #[test]
    fn clear_text_is_allowed_only_where_tls_need_not_be_verified() {
        let draft = CredentialDraft { plain_in_clear: YesNo::Yes, ..draft() };
        assert!(!draft.parse(&[]).expect("it keeps the rules").destinations.plain_in_clear);
        let draft = CredentialDraft { verified_only: YesNo::No, ..draft };
        assert!(draft.parse(&[]).expect("it keeps the rules").destinations.plain_in_clear);
    }
}
