//! What the cells of a file say.

use std::borrow::Cow;

use model::{AccountRow, Column, LastTest};

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Number(i64),
    /// What somebody typed.
    Text(String),
    /// One of our own words.
    Word(&'static str),
    YesNo(bool),
    Test(LastTest),
    /// The account has no such thing.
    Nothing,
}

impl Cell {
    /// Of a row that is there already, as the report lists it.
    pub fn of(row: &AccountRow, column: Column) -> Self {
        let named = |name: &Option<String>| name.clone().map_or(Self::Nothing, Self::Text);
        match column {
            Column::Id => Self::Number(row.id.0),
            Column::Name => Self::Text(row.name.clone()),
            Column::Sender => Self::Text(row.sender.to_string()),
            Column::Reply => Self::Text(row.reply.to_string()),
            Column::ReturnPath => Self::Text(row.return_path.to_string()),
            Column::Confirmation => Self::Text(row.confirmation.to_string()),
            Column::Enabled => Self::YesNo(row.enabled),
            Column::Default => Self::YesNo(row.default),
            Column::Security => Self::Word(row.security.label()),
            Column::ForceSettings => Self::YesNo(row.force_settings),
            Column::ReadReceipt => Self::YesNo(row.read_receipt),
            Column::Footer => Self::YesNo(row.footer),
            Column::Credential => named(&row.credential),
            Column::Connector => named(&row.connector),
            Column::LastTest => row.last_test.clone().map_or(Self::Nothing, Self::Test),
        }
    }

    /// As a person reads it; empty for nothing.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Number(number) => number.to_string().into(),
            Self::Text(text) => text.into(),
            Self::Word(word) => (*word).into(),
            Self::YesNo(yes) => yes_no(*yes).into(),
            Self::Test(test) => format!("{}, {}", test.outcome(), test.at.to_rfc3339()).into(),
            Self::Nothing => "".into(),
        }
    }
}

pub const fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}
