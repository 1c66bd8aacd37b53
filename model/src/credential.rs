//! A credential: a sign-in kept in the vault, registered before use, and what it may be used with. Its secret is
//! written, replaced or cleared, and never shown: no type here holds one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::control;
use crate::{
    AccountId, AccountName, ConnectorId, Destinations, Difference, Direction, FieldErrors, Fingerprint, Host, Moment,
    Port, SecretReference, YesNo,
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

const fn yes() -> YesNo {
    YesNo::Yes
}

/// The form "Credential" as it was typed, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDraft {
    #[serde(default)]
    pub name: String,
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
    #[serde(default = "yes")]
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
    /// All rules of the form that need no other record; in the browser and on the server alike.
    pub fn parse(&self) -> Result<Credential, FieldErrors> {
        let Self { name, user_name, hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } =
            self;
        let mut errors = FieldErrors::default();
        let name = errors.take("name", AccountName::parse_as("credential name", name));
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
            connectors: connectors.clone(),
            verified_only,
            plain_in_clear: !verified_only && plain_in_clear.is_yes(),
            certificates,
        };
        Ok(Credential { name, user_name, destinations: destinations.in_order() })
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| -> [(&'static str, &'static str, String); 9] {
            let Self { name, user_name, hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } =
                draft.clone();
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
        };
        crate::problem::differing(answers(self), answers(other))
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
    pub name: AccountName,
    pub user_name: String,
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
pub enum SecretPlace {
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
    Account {
        id: AccountId,
        name: String,
        /// It was deleted, and can still be restored.
        deleted: bool,
    },
    Connector {
        id: ConnectorId,
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
    pub first: Vec<Use>,
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
    pub id: I,
    pub name: String,
}

/// A credential to choose in a drop-down, with what it may be used with, so that the form can say what would be refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialChoice {
    pub id: CredentialId,
    pub name: String,
    pub destinations: Destinations,
}

/// What the form begins with: New, Edit or Duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialForm {
    /// The version that a save names; 0 for a credential that is not there yet.
    pub version: i64,
    pub draft: CredentialDraft,
    pub secret: SecretPlace,
    /// The connectors that there are.
    pub connectors: Vec<Named<ConnectorId>>,
    pub uses: Uses,
}

/// A column of the list that sorts; ties are broken by ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CredentialColumn {
    #[default]
    Name,
    Id,
    UserName,
    Saved,
}

impl CredentialColumn {
    pub const ALL: [Self; 4] = [Self::Id, Self::Name, Self::UserName, Self::Saved];

    /// As the address names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::UserName => "user_name",
            Self::Saved => "saved",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Name => "Name",
            Self::UserName => "User name",
            Self::Saved => "Changed",
        }
    }
}

/// What the list of credentials is asked for. Texts match anywhere, without regard to case. Blank means absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialFilter {
    pub name: String,
    pub user_name: String,
    /// One of the hosts that it may be used with.
    pub host: String,
    pub column: CredentialColumn,
    pub direction: Direction,
    /// From 1.
    pub page: u64,
}

impl Default for CredentialFilter {
    fn default() -> Self {
        Self {
            name: String::new(),
            user_name: String::new(),
            host: String::new(),
            column: CredentialColumn::default(),
            direction: Direction::Ascending,
            page: 1,
        }
    }
}

impl CredentialFilter {
    /// Reads a query string, with or without its `?`. What it does not know or cannot read counts as absent.
    pub fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.trim();
            match key.as_ref() {
                "name" => filter.name = value.to_owned(),
                "user_name" => filter.user_name = value.to_owned(),
                "host" => filter.host = value.to_owned(),
                "sort" => {
                    let (key, direction) = Direction::from_key(value);
                    if let Some(column) = CredentialColumn::ALL.into_iter().find(|column| column.key() == key) {
                        (filter.column, filter.direction) = (column, direction);
                    }
                }
                "page" => filter.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
                _ => {}
            }
        }
        filter
    }

    /// The one short address of this list, without its `?`.
    pub fn to_query(&self) -> String {
        let Self { name, user_name, host, column, direction, page } = self;
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, text) in [("name", name), ("user_name", user_name), ("host", host)] {
            if !text.trim().is_empty() {
                query.append_pair(key, text.trim());
            }
        }
        if (*column, *direction) != (CredentialColumn::default(), Direction::Ascending) {
            query.append_pair("sort", &direction.to_key(column.key()));
        }
        if *page > 1 {
            query.append_pair("page", &page.to_string());
        }
        query.finish()
    }

    pub fn is_narrowed(&self) -> bool {
        let Self { name, user_name, host, column: _, direction: _, page: _ } = self;
        [name, user_name, host].into_iter().any(|text| !text.trim().is_empty())
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRow {
    pub id: CredentialId,
    pub name: String,
    pub user_name: String,
    pub destinations: Destinations,
    pub secret: SecretPlace,
    /// Accounts that are not deleted, and connectors.
    pub used_by: u64,
    pub saved_at: Moment,
}

/// One page of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialPage {
    pub rows: Vec<CredentialRow>,
    /// Credentials that match.
    pub matching: u64,
    /// All credentials.
    pub total: u64,
    /// The page that is shown, from 1.
    pub page: u64,
    pub pages: u64,
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
        let credential = draft().parse().expect("the draft keeps the rules");
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
        let errors = wrong.parse().expect_err("nothing of it is right");
        let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["name", "user_name", "hosts", "ports", "certificates"]);
    }

    #[test]
    fn clear_text_is_allowed_only_where_tls_need_not_be_verified() {
        let draft = CredentialDraft { plain_in_clear: YesNo::Yes, ..draft() };
        assert!(!draft.parse().expect("it keeps the rules").destinations.plain_in_clear);
        let draft = CredentialDraft { verified_only: YesNo::No, ..draft };
        assert!(draft.parse().expect("it keeps the rules").destinations.plain_in_clear);
    }

    #[test]
    fn a_list_has_one_short_address_and_comes_back_from_it() {
        let check = |query: &str, short: &str| {
            assert_eq!(CredentialFilter::from_query(query).to_query(), short, "{query}");
            assert_eq!(CredentialFilter::from_query(short), CredentialFilter::from_query(query), "{query}");
        };
        check("?name=&host=&page=1&sort=name", "");
        check("host=a.example&name=x", "name=x&host=a.example");
        check("sort=-user_name&page=2", "sort=-user_name&page=2");
        check("sort=nothing&page=0", "");
    }
}
