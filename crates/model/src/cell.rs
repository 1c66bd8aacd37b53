//! What the cells of a list or a file say.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::LastTest;

/// The value of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cell<'a> {
    /// A whole number: an ID or a port.
    Number(i64),
    /// What somebody typed.
    Text(Cow<'a, str>),
    /// One of our own words.
    Word(Cow<'a, str>),
    /// Yes or No.
    YesNo(bool),
    /// The newest test, with outcome and time.
    Test(LastTest),
    /// The account has no such thing.
    Nothing,
}

impl Cell<'_> {
    /// As a person reads it; empty for nothing.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Number(number) => number.to_string().into(),
            Self::Text(text) | Self::Word(text) => text.as_ref().into(),
            Self::YesNo(yes) => yes_no(*yes).into(),
            Self::Test(test) => format!("{}, {}", test.outcome(), test.at.to_rfc3339()).into(),
            Self::Nothing => "".into(),
        }
    }
}

/// "Yes" or "No", as lists and files show it.
pub const fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}
