//! The columns of the report, and the sizes of its pages.

use serde::{Deserialize, Serialize};

use crate::ListColumn;

/// A column of the report. Each sorts; ties are broken by ID, in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    #[default]
    Id,
    Name,
    Sender,
    Reply,
    ReturnPath,
    Confirmation,
    Enabled,
    Default,
    Security,
    ForceSettings,
    ReadReceipt,
    Footer,
    Credential,
    Connector,
    LastTest,
}

impl Column {
    /// In the order of the report.
    pub const ALL: [Self; 15] = [
        Self::Id,
        Self::Name,
        Self::Sender,
        Self::Reply,
        Self::ReturnPath,
        Self::Confirmation,
        Self::Enabled,
        Self::Default,
        Self::Security,
        Self::ForceSettings,
        Self::ReadReceipt,
        Self::Footer,
        Self::Credential,
        Self::Connector,
        Self::LastTest,
    ];

    /// Whether it shows for a reader who chose nothing.
    pub const fn shows_by_itself(self) -> bool {
        !matches!(self, Self::Credential | Self::Connector)
    }

    /// As the address names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Sender => "sender",
            Self::Reply => "reply",
            Self::ReturnPath => "return_path",
            Self::Confirmation => "confirmation",
            Self::Enabled => "enabled",
            Self::Default => "default",
            Self::Security => "security",
            Self::ForceSettings => "force_settings",
            Self::ReadReceipt => "read_receipt",
            Self::Footer => "footer",
            Self::Credential => "credential",
            Self::Connector => "connector",
            Self::LastTest => "last_test",
        }
    }

    /// As the report's head names it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Name => "Name",
            Self::Sender => "Sender e-mail",
            Self::Reply => "Reply e-mail",
            Self::ReturnPath => "Return e-mail",
            Self::Confirmation => "Confirmation mail",
            Self::Enabled => "Enabled",
            Self::Default => "Default",
            Self::Security => "Secure connection",
            Self::ForceSettings => "Uses config",
            Self::ReadReceipt => "Read conf",
            Self::Footer => "Footer",
            Self::Credential => "Credential",
            Self::Connector => "Network connector",
            Self::LastTest => "Last test",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.key() == key)
    }
}

impl ListColumn for Column {
    const ALL: &'static [Self] = &Self::ALL;

    fn key(self) -> &'static str {
        self.key()
    }

    fn label(self) -> &'static str {
        self.label()
    }
}

/// How many rows a page has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageSize {
    #[serde(rename = "10")]
    Ten,
    #[default]
    #[serde(rename = "25")]
    TwentyFive,
    #[serde(rename = "50")]
    Fifty,
    #[serde(rename = "100")]
    Hundred,
}

impl PageSize {
    pub const ALL: [Self; 4] = [Self::Ten, Self::TwentyFive, Self::Fifty, Self::Hundred];

    pub const fn rows(self) -> u64 {
        match self {
            Self::Ten => 10,
            Self::TwentyFive => 25,
            Self::Fifty => 50,
            Self::Hundred => 100,
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.rows().to_string() == key)
    }
}
