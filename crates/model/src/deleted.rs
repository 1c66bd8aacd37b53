//! Records that were deleted and can come back for a while.

use serde::{Deserialize, Serialize};

/// A kind of record that can be restored by its number. Accounts have a way of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordKind {
    Credential,
    Connector,
    Schedule,
    View,
}

impl RecordKind {
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

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// A record that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedRecord {
    pub kind: RecordKind,
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
