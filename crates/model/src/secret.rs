//! Where a secret is kept when it is not in the vault.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::control;

/// The kinds of records that keep secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretOwner {
    /// The secret of a sign-in.
    Credential,
}

impl SecretOwner {
    /// As it stands in the table, and in the seal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
        }
    }
}

/// What is sealed of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretField {
    /// The secret itself.
    Secret,
    /// The reference that its secret is read through: sealed to say that it may go to these destinations.
    Reference,
}

impl SecretField {
    /// As it stands in the table, and in the seal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Reference => "reference",
        }
    }
}

/// `env:NAME` or `file:PATH`. What it points at is read when it is used, and never kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct SecretReference(String);

/// The longest reference, in octets.
const OCTETS: usize = 1_024;
/// Posthouse's own settings are no secrets of a mail server, but for those that say so.
const OWN: &str = "POSTHOUSE_";
/// Variables that begin so may be read without being listed in the configuration.
pub const SECRET_VARIABLES: &str = "POSTHOUSE_SECRET_";
/// The one setting that begins in the same way: the list of further variables.
const LIST_OF_VARIABLES: &str = "POSTHOUSE_SECRET_ENV";

impl SecretReference {
    /// Reads `env:NAME` or `file:PATH`. An error is the message to show beside the field.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let text = typed.trim();
        if let Some(what) = control(text) {
            return Err(format!("The reference holds {what}. Take it out."));
        }
        if text.is_empty() {
            return Err("Enter where the secret is: env:NAME or file:PATH.".to_owned());
        }
        if text.len() > OCTETS {
            return Err(format!("The reference has {} octets. Use at most {OCTETS}.", text.len()));
        }
        match text.split_once(':') {
            Some(("env", name)) => {
                let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if name.is_empty() || !name.chars().all(named) || name.starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(format!(
                        "“{name}” is no name of an environment variable. It has letters, digits and _."
                    ));
                }
                if name.starts_with(OWN) && !name.starts_with(SECRET_VARIABLES) || name == LIST_OF_VARIABLES {
                    return Err(format!("{name} is a setting of Posthouse itself. Use a variable of another name."));
                }
            }
            Some(("file", path)) => {
                if path.is_empty() || path.ends_with('/') {
                    return Err("Enter the file's path behind file:, such as file:relay-password.".to_owned());
                }
                if path.split('/').any(|part| part == "..") {
                    return Err("The path leads out of its folder. Write it without “..”.".to_owned());
                }
            }
            _ => return Err("A reference begins with env: or file:.".to_owned()),
        }
        Ok(Self(text.to_owned()))
    }

    /// The reference as it was typed, without spaces around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the environment variable.
    pub fn variable(&self) -> Option<&str> {
        self.0.strip_prefix("env:")
    }

    /// The file's path.
    pub fn path(&self) -> Option<&str> {
        self.0.strip_prefix("file:")
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The longest secret, in characters.
pub const SECRET_CHARACTERS: usize = 1_000;

/// Checks a secret that was typed: it may hold anything that can be typed on one line.
pub fn check_secret(secret: &str) -> Result<(), String> {
    if secret.contains(['\0', '\r', '\n']) {
        return Err("The secret holds a line break or a NUL character. Take it out.".to_owned());
    }
    match secret.chars().count() {
        0 => Err("Enter the secret.".to_owned()),
        n if n > SECRET_CHARACTERS => {
            Err(format!("The secret is too long. Use at most {SECRET_CHARACTERS} characters."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_a_variable_or_a_file() {
        for good in ["env:RELAY_PASSWORD", " file:relay ", "file:/run/secrets/relay", "env:POSTHOUSE_SECRET_A"] {
            assert!(SecretReference::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "RELAY",
            "env:",
            "env:A B",
            "env:1A",
            "env:POSTHOUSE_DATABASE_URL",
            "env:POSTHOUSE_SECRET_ENV",
            "env:POSTHOUSE_SECRETS_DIR",
            "file:",
            "file:a/../b",
            "file:a/",
            "http:x",
            "env:A\nB",
        ] {
            assert!(SecretReference::parse(bad).is_err(), "{bad:?}");
        }
        let reference = SecretReference::parse("env:A").expect("it is one");
        assert_eq!((reference.variable(), reference.path()), (Some("A"), None));
    }

    #[test]
    fn a_secret_may_hold_anything_that_can_be_typed() {
        for good in [" ", "a b", "\"'%`$\\", "🔑🔑", &"ж".repeat(1_000)] {
            assert!(check_secret(good).is_ok(), "{good:?}");
        }
        for bad in ["", "a\0", "a\nb", "a\r", &"a".repeat(1_001)] {
            assert!(check_secret(bad).is_err(), "{bad:?}");
        }
    }
}
