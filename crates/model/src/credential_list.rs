//! The list of credentials: what it is asked for, its rows, and a page of them.

use serde::{Deserialize, Serialize};

use crate::{
    CredentialId, Destinations, FilterField, FilterKey, ListColumn, ListFilter, ListPage, Moment, SecretLocation,
};

/// A column of the list that sorts; ties are broken by ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CredentialColumn {
    /// The credential's name.
    #[default]
    Name,
    /// Its number.
    Id,
    /// The user name.
    UserName,
    /// When it was last changed.
    Saved,
}

impl ListColumn for CredentialColumn {
    const ALL: &'static [Self] = &[Self::Id, Self::Name, Self::UserName, Self::Saved];

    fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::UserName => "user_name",
            Self::Saved => "saved",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Name => "Name",
            Self::UserName => "User name",
            Self::Saved => "Changed",
        }
    }
}

/// What the list can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFilterKey {
    /// A part of the credential's name.
    Name,
    /// A part of the user name.
    UserName,
    /// A part of a host that it may be used with.
    Host,
}

impl FilterKey for CredentialFilterKey {
    const ALL: &'static [Self] = &[Self::Name, Self::UserName, Self::Host];

    fn field(self) -> FilterField {
        match self {
            Self::Name => FilterField::text("name", "Name"),
            Self::UserName => FilterField::text("user_name", "User name"),
            Self::Host => FilterField::text("host", "Host"),
        }
    }
}

/// What the list is asked for.
pub type CredentialFilter = ListFilter<CredentialFilterKey, CredentialColumn>;

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRow {
    /// The credential's number.
    pub id: CredentialId,
    /// Its name.
    pub name: String,
    /// The name that it signs in with.
    pub user_name: String,
    /// Where its secret may be sent.
    pub destinations: Destinations,
    /// Where its secret is kept.
    pub secret: SecretLocation,
    /// Accounts that are not deleted, and connectors.
    pub used_by: u64,
    /// When it was last changed.
    pub saved_at: Moment,
}

/// One page of the list.
pub type CredentialPage = ListPage<CredentialRow>;
