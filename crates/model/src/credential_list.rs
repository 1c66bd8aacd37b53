//! The list of credentials: what it is asked for, its rows, and a page of them.

use serde::{Deserialize, Serialize};

use crate::list::{read_query, write_query};
use crate::{CredentialId, Destinations, ListColumn, ListPage, Moment, SecretPlace, Sort};

/// A column of the list that sorts; ties are broken by ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CredentialColumn {
    #[default]
    Name,
    Id,
    UserName,
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

/// What the list of credentials is asked for. Texts match anywhere, without regard to case. Blank means absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialFilter {
    pub name: String,
    pub user_name: String,
    /// One of the hosts that it may be used with.
    pub host: String,
    pub sort: Sort<CredentialColumn>,
    /// From 1.
    pub page: u64,
}

impl Default for CredentialFilter {
    fn default() -> Self {
        Self { name: String::new(), user_name: String::new(), host: String::new(), sort: Sort::default(), page: 1 }
    }
}

impl CredentialFilter {
    /// Reads a query string, with or without its `?`. What it does not know or cannot read counts as absent.
    pub fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        let Self { name, user_name, host, sort, page } = &mut filter;
        read_query(query, [("name", name), ("user_name", user_name), ("host", host)], sort, page);
        filter
    }

    /// The one short address of this list, without its `?`.
    pub fn to_query(&self) -> String {
        let Self { name, user_name, host, sort, page } = self;
        write_query([("name", name), ("user_name", user_name), ("host", host)], *sort, *page)
    }

    pub fn is_narrowed(&self) -> bool {
        let Self { name, user_name, host, sort: _, page: _ } = self;
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
pub type CredentialPage = ListPage<CredentialRow>;

#[cfg(test)]
mod tests {
    use super::*;

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
