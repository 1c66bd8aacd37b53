//! Records that were deleted and can come back for a while.

use serde::{Deserialize, Serialize};

/// A kind of record that can be restored by its number. Accounts have a way of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    /// A sign-in that was kept in the vault.
    Credential,
    /// A network connector.
    Connector,
    /// A planned report.
    Schedule,
    /// A view of the report.
    View,
}

impl RecordKind {
    /// In the order of the page.
    pub const ALL: [Self; 4] = [Self::Credential, Self::Connector, Self::Schedule, Self::View];

    /// In addresses and forms.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Connector => "connector",
            Self::Schedule => "schedule",
            Self::View => "view",
        }
    }

    /// The kind that this word of an address stands for.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// A record that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedRecord {
    /// What kind of record it is.
    pub kind: RecordKind,
    /// Its number, among the records of its kind.
    pub id: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_alike_in_addresses_and_forms() {
        for kind in RecordKind::ALL {
            assert_eq!(RecordKind::from_key(kind.key()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).expect("it is JSON"), format!("\"{}\"", kind.key()));
        }
        assert_eq!(RecordKind::from_key("account"), None);
    }
}
