//! Several accounts at once: which, what is done with them, and what that changed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountFilter, AccountId, Filter};

/// A change of several accounts, kept so that it can be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct ChangeId(pub i64);

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which accounts were chosen in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selection {
    /// Those that were chosen one by one, by ID and each once.
    These(Vec<AccountId>),
    /// All that match, on every page.
    Matching(Box<AccountFilter>),
}

/// The most accounts that are chosen one by one.
pub const CHOSEN_AT_MOST: usize = 1_000;

impl Selection {
    /// Reads a query string: `chosen` once for each account, or `all` for what the rest of it asks for.
    pub fn from_query(query: &str) -> Self {
        let mut chosen = Vec::new();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match key.as_ref() {
                "all" => return Self::Matching(Box::new(AccountFilter::from_query(query))),
                "chosen" => chosen.extend(value.parse().ok().map(AccountId)),
                _ => {}
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        Self::These(chosen)
    }

    /// The same as a query string, to be put behind the list's own.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match self {
            Self::Matching(_) => {
                query.append_pair("all", "Yes");
            }
            Self::These(chosen) => {
                for id in chosen {
                    query.append_pair("chosen", &id.to_string());
                }
            }
        }
        query.finish()
    }
}

/// What is done with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum ChangeKind {
    /// Anything may be sent through them again.
    #[cfg_attr(feature = "db", sea_orm(string_value = "enable"))]
    Enable,
    /// Nothing is sent through them any more.
    #[cfg_attr(feature = "db", sea_orm(string_value = "disable"))]
    Disable,
    /// They leave the report, and can be restored until they are forgotten.
    #[cfg_attr(feature = "db", sea_orm(string_value = "delete"))]
    Delete,
}

impl ChangeKind {
    /// In the order of the buttons.
    pub const ALL: [Self; 3] = [Self::Enable, Self::Disable, Self::Delete];

    /// The button's label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::Delete => "Delete",
        }
    }

    /// "3 accounts are enabled."
    pub const fn done(self) -> &'static str {
        match self {
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Delete => "deleted",
        }
    }

    /// The change whose button has this label.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.label() == key)
    }
}

/// What a change would do, before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePreview {
    /// What would be done.
    pub kind: ChangeKind,
    /// Accounts that were chosen and are there.
    pub chosen: u64,
    /// Those that change.
    pub changing: u64,
    /// The first names among them, by ID.
    pub first: Vec<String>,
    /// The default account, which stays as it is while another one is enabled.
    pub kept_default: Option<String>,
    /// The account that becomes the default, since there is none.
    pub becomes_default: Option<String>,
}

/// What a change did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// None where nothing changed.
    pub id: Option<ChangeId>,
    /// What was done.
    pub kind: ChangeKind,
    /// Accounts that were changed.
    pub count: u64,
    /// The name of the default account, where it was chosen and cannot be changed in this way.
    pub kept_default: Option<String>,
    /// The name of the account that became the default, where one did.
    pub becomes_default: Option<String>,
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id: _, kind, count, kept_default, becomes_default } = self;
        match count {
            0 => f.write_str("Nothing changed.")?,
            1 => write!(f, "1 account is {}.", kind.done())?,
            n => write!(f, "{n} accounts are {}.", kind.done())?,
        }
        if let Some(name) = kept_default {
            write!(f, " “{name}” is the default and stays as it is.")?;
        }
        if let Some(name) = becomes_default {
            write!(f, " “{name}” is now the default.")?;
        }
        Ok(())
    }
}

/// What undoing a change did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// Accounts that are as they were.
    pub count: u64,
    /// Those that stay as they are: changed once more meanwhile, their name taken, or the default.
    pub left: u64,
    /// The first of them, where they are told by name.
    #[serde(default)]
    pub names: Vec<String>,
}

impl fmt::Display for Undone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => f.write_str("1 account is as it was.")?,
            n => write!(f, "{n} accounts are as they were.")?,
        }
        let names: Vec<_> = self.names.iter().map(|name| format!("“{name}”")).collect();
        let more = self.left.saturating_sub(names.len() as u64);
        match (self.left, names.join(", ")) {
            (0, _) => Ok(()),
            (1, names) if names.is_empty() => {
                f.write_str(" 1 was left: it was changed meanwhile, its name was taken, or it is the default.")
            }
            (n, names) if names.is_empty() => {
                write!(f, " {n} were left: changed meanwhile, their names taken, or the default.")
            }
            (_, names) => {
                write!(
                    f,
                    " Left as they are, since they were changed meanwhile or may not be what they were: {names}"
                )?;
                if more > 0 { write!(f, " and {more} more.") } else { f.write_str(".") }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_comes_back_from_its_address() {
        let these = Selection::from_query("name=x&chosen=3&chosen=1&chosen=3&chosen=z");
        assert_eq!(these, Selection::These(vec![AccountId(1), AccountId(3)]));
        assert_eq!(these.to_query(), "chosen=1&chosen=3");
        let Selection::Matching(filter) = Selection::from_query("?name=nord&all=Yes&chosen=1") else {
            panic!("all were chosen");
        };
        assert_eq!(filter.name, "nord");
        assert_eq!(Selection::Matching(filter).to_query(), "all=Yes");
    }

    #[test]
    fn what_was_done_is_one_sentence_or_two() {
        let changed = Changed {
            id: Some(ChangeId(1)),
            kind: ChangeKind::Disable,
            count: 2,
            kept_default: Some("Billing".to_owned()),
            becomes_default: None,
        };
        assert_eq!(changed.to_string(), "2 accounts are disabled. “Billing” is the default and stays as it is.");
        assert_eq!(
            Undone { count: 1, left: 2, names: Vec::new() }.to_string(),
            "1 account is as it was. 2 were left: changed meanwhile, their names taken, or the default."
        );
        assert_eq!(
            Undone { count: 2, left: 2, names: vec!["Billing".to_owned()] }.to_string(),
            "2 accounts are as they were. Left as they are, since they were changed meanwhile or may not be what they \
             were: “Billing” and 1 more."
        );
    }
}
