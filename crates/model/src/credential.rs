//! A credential: a sign-in kept in the vault, registered before use, and what it may be used with. Its secret is
//! written, replaced or cleared, and never shown: no type here holds one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, ConnectorChoice, ConnectorId, CredentialDraft, Destinations, RecordName, SecretReference};

/// A credential's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct CredentialId(pub i64);

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
