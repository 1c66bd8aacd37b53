//! What may never be shown, on its way from a form to the server.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A password, a token or a secret on its way from a form: not shown by `Debug`, and turned into a secret where it
/// arrives.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// What was not moved out, as where a request was refused, does not stay in the server's memory.
#[cfg(feature = "ssr")]
impl Drop for Password {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.0);
    }
}

impl Password {
    pub fn new(typed: String) -> Self {
        Self(typed)
    }

    /// Moves it out, to be made a secret.
    pub fn into_inner(mut self) -> String {
        std::mem::take(&mut self.0)
    }

    /// The token as it stood in the link: letters and digits alone.
    pub fn in_address(&self) -> String {
        self.0.chars().filter(char::is_ascii_alphanumeric).collect()
    }
}
