//! The sizes of a list's pages.

use serde::{Deserialize, Serialize};

/// How many rows a page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageSize {
    /// 10 rows.
    #[serde(rename = "10")]
    Ten,
    /// 25 rows.
    #[default]
    #[serde(rename = "25")]
    TwentyFive,
    /// 50 rows.
    #[serde(rename = "50")]
    Fifty,
    /// 100 rows.
    #[serde(rename = "100")]
    Hundred,
}

impl PageSize {
    /// The smallest first.
    pub const ALL: [Self; 4] = [Self::Ten, Self::TwentyFive, Self::Fifty, Self::Hundred];

    /// The number itself.
    pub const fn rows(self) -> u64 {
        match self {
            Self::Ten => 10,
            Self::TwentyFive => 25,
            Self::Fifty => 50,
            Self::Hundred => 100,
        }
    }

    /// The size of this number, as the address says it.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.rows().to_string() == key)
    }
}
