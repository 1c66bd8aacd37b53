//! The rules of a password, and of the forms that ask for a new one.

use serde::{Deserialize, Serialize};

use crate::{EmailAddress, FieldErrors};

/// The lengths of a password, in characters. There are no rules of composition.
pub const PASSWORD_CHARACTERS: std::ops::RangeInclusive<usize> = 12..=128;

/// A new password's length, checked where it is typed and where it is kept.
pub fn check_password(password: &str) -> Result<(), String> {
    match password.chars().count() {
        0 => Err("Enter a password of 12 to 128 characters.".to_owned()),
        n if PASSWORD_CHARACTERS.contains(&n) => Ok(()),
        n if n < 12 => Err(format!("The password has {n} characters. Use 12 to 128.")),
        n => Err(format!("The password has {n} characters. Use at most 128.")),
    }
}

/// The answers that a new person's form needs checked, without the password itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordDraft {
    /// "E-mail": one address.
    #[serde(default)]
    pub email: String,
}

impl PasswordDraft {
    /// The address, if it and the password keep the rules.
    pub fn parse(&self, password: &str) -> Result<EmailAddress, FieldErrors> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", EmailAddress::parse("E-mail", &self.email));
        errors.take("password", check_password(password));
        match email {
            Some(email) if errors.is_empty() => Ok(email),
            _ => Err(errors),
        }
    }
}
