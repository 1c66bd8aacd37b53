//! The answer to a Yes/No question: two radio buttons.

use serde::{Deserialize, Serialize};

/// The answer to a Yes/No question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum YesNo {
    /// The question's statement is true.
    Yes,
    /// It is not.
    #[default]
    No,
}

impl YesNo {
    /// What a question starts with whose answer is usually Yes.
    pub(crate) const fn yes() -> Self {
        Self::Yes
    }

    /// Whether the answer is Yes.
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }

    /// "Yes" or "No".
    pub const fn label(self) -> &'static str {
        match self {
            Self::Yes => "Yes",
            Self::No => "No",
        }
    }
}

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}
