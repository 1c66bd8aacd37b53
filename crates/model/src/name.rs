//! What a record is called.

use serde::{Deserialize, Serialize};

use crate::address::control;

/// The longest name, in characters.
pub const NAME_CHARACTERS: usize = 120;

/// What an account, a credential or a connector is called: 1 to 120 characters, on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct RecordName(String);

impl RecordName {
    /// Of an account. An error is the message to show beside the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        Self::parse_as("account name", typed)
    }

    /// `what` is what is named, for the message: "account name".
    pub fn parse_as(what: &str, typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        if text.is_empty() {
            let article = if what.starts_with('a') { "an" } else { "a" };
            return Err(format!("Enter {article} {what}."));
        }
        if let Some(found) = control(text) {
            return Err(format!("The {what} holds {found}. Take it out."));
        }
        match text.chars().count() {
            n if n > NAME_CHARACTERS => Err(format!("The {what} has {n} characters. Use at most {NAME_CHARACTERS}.")),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The name, without spaces around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RecordName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_up_to_120_characters_of_any_script() {
        assert!(RecordName::parse(&"ж".repeat(120)).is_ok());
        assert!(RecordName::parse(&"a".repeat(121)).is_err());
        assert!(RecordName::parse("two\nlines").is_err());
        assert!(RecordName::parse("a\0b").is_err());
    }
}
