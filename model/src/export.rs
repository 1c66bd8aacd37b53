//! The report as a file: in which form, and what its cells say.

use std::borrow::Cow;

use crate::{AccountRow, Column, LastTest, Taken};

/// The form of an exported report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values: RFC 4180, in UTF-8.
    Csv,
    /// One array of objects, in UTF-8; RFC 8259.
    Json,
}

impl ExportFormat {
    pub const ALL: [Self; 2] = [Self::Csv, Self::Json];

    /// As the address and the file's name say it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.key() == key)
    }
}

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Number(i64),
    Text(&'a str),
    YesNo(bool),
    Test(&'a LastTest),
    /// The account has no such thing.
    Nothing,
}

impl Cell<'_> {
    /// As a person reads it; empty for nothing.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Number(number) => number.to_string().into(),
            Self::Text(text) => (*text).into(),
            Self::YesNo(true) => "Yes".into(),
            Self::YesNo(false) => "No".into(),
            Self::Test(test) => format!("{}, {}", test.outcome(), test.at.to_rfc3339()).into(),
            Self::Nothing => "".into(),
        }
    }
}

impl AccountRow {
    pub fn cell(&self, column: Column) -> Cell<'_> {
        let named = |name| Option::map_or(name, Cell::Nothing, Cell::Text);
        match column {
            Column::Id => Cell::Number(self.id.0),
            Column::Name => Cell::Text(&self.name),
            Column::Sender => Cell::Text(self.sender.as_str()),
            Column::Reply => Cell::Text(self.reply.as_str()),
            Column::ReturnPath => Cell::Text(self.return_path.as_str()),
            Column::Confirmation => Cell::Text(self.confirmation.as_str()),
            Column::Enabled => Cell::YesNo(self.enabled),
            Column::Default => Cell::YesNo(self.default),
            Column::Security => Cell::Text(self.security.label()),
            Column::ForceSettings => Cell::YesNo(self.force_settings),
            Column::ReadReceipt => Cell::YesNo(self.read_receipt),
            Column::Footer => Cell::YesNo(self.footer),
            Column::Credential => named(self.credential.as_deref()),
            Column::Connector => named(self.connector.as_deref()),
            Column::LastTest => self.last_test.as_ref().map_or(Cell::Nothing, Cell::Test),
        }
    }
}

impl LastTest {
    /// "Accepted", "Failed at RCPT".
    pub fn outcome(&self) -> Cow<'static, str> {
        match (self.taken, self.failed_at) {
            (None, _) => "Running".into(),
            (Some(Taken::Yes), _) => "Accepted".into(),
            (Some(Taken::Unknown), _) => "Not known".into(),
            (Some(Taken::No), Some(stage)) => format!("Failed at {}", stage.label()).into(),
            (Some(Taken::No), None) => "Failed".into(),
        }
    }
}
