//! The list of credentials: what it is asked for, its rows, and a page of them.

use serde::{Deserialize, Serialize};

use crate::{CredentialId, Destinations, Direction, Moment, SecretPlace};

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
