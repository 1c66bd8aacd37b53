//! What the cells of a file say.

use std::borrow::Cow;

use crate::{AccountRow, Column, LastTest};

/// The value of one cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    Number(i64),
    /// What somebody typed.
    Text(Cow<'a, str>),
    /// One of our own words.
    Word(&'static str),
    YesNo(bool),
    Test(LastTest),
    /// The account has no such thing.
    Nothing,
}

impl<'a> Cell<'a> {
    /// Of a row that is there already, as the report lists it.
    pub fn of(row: &'a AccountRow, column: Column) -> Self {
        let text = |text: &'a str| Self::Text(text.into());
        let named = |name: &'a Option<String>| name.as_deref().map_or(Self::Nothing, text);
        match column {
            Column::Id => Self::Number(row.id.0),
            Column::Name => text(&row.name),
            Column::Sender => text(row.sender.as_str()),
            Column::Reply => text(row.reply.as_str()),
            Column::ReturnPath => text(row.return_path.as_str()),
            Column::Confirmation => text(row.confirmation.as_str()),
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
            Self::Text(text) => text.as_ref().into(),
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
