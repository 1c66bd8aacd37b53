//! The list of network connectors: what it is asked for, its rows, and a page of them.

use serde::{Deserialize, Serialize};

use crate::{ConnectorId, ConnectorKind, FilterField, FilterKey, Host, ListColumn, ListFilter, ListPage, Moment};

/// A column of the list that sorts; ties are broken by ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConnectorColumn {
    /// The connector's name.
    #[default]
    Name,
    /// Its number.
    Id,
    /// The protocol of its proxy.
    Kind,
    /// The proxy's host.
    Host,
}

impl ListColumn for ConnectorColumn {
    const ALL: &'static [Self] = &[Self::Id, Self::Name, Self::Kind, Self::Host];

    fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Host => "host",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Name => "Name",
            Self::Kind => "Kind",
            Self::Host => "Proxy",
        }
    }
}

/// What the list can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorFilterKey {
    /// A part of the name.
    Name,
    /// A part of the proxy's host.
    Host,
}

impl FilterKey for ConnectorFilterKey {
    const ALL: &'static [Self] = &[Self::Name, Self::Host];

    fn field(self) -> FilterField {
        match self {
            Self::Name => FilterField::text("name", "Name"),
            Self::Host => FilterField::text("host", "Host"),
        }
    }
}

/// What the list is asked for.
pub type ConnectorFilter = ListFilter<ConnectorFilterKey, ConnectorColumn>;

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorRow {
    /// The connector's number.
    pub id: ConnectorId,
    /// Its name.
    pub name: String,
    /// The protocol of its proxy.
    pub kind: ConnectorKind,
    /// The proxy's host, in ASCII (IDNA).
    pub host: Host,
    /// The port that is connected to.
    pub port: u16,
    /// Whether the proxy resolves the names of mail servers.
    pub resolves_names: bool,
    /// The credential's name.
    pub credential: Option<String>,
    /// Accounts that are not deleted.
    pub used_by: u64,
    /// When it was last changed.
    pub saved_at: Moment,
}

/// One page of the list.
pub type ConnectorPage = ListPage<ConnectorRow>;
