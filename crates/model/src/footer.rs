//! The message footer: ends the messages of every account that enables it.

use serde::{Deserialize, Serialize};

use crate::problem::differing;
use crate::{Difference, FieldErrors};

/// The footer as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FooterDraft {
    /// For mail programs that show plain text.
    #[serde(default)]
    pub text: String,
    /// For mail programs that show HTML.
    #[serde(default)]
    pub html: String,
    /// Counts the saves; a save on top of another one is refused.
    #[serde(default)]
    pub version: i64,
}

/// The footer as it ends messages. Lines end with LF.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// The text for messages without HTML; lines end with LF.
    pub text: String,
    /// The HTML as it was typed; it is cleaned before it is sent.
    pub html: String,
}

/// The longest footer of either kind, in characters.
pub const FOOTER_CHARACTERS: usize = 10_000;

impl FooterDraft {
    /// All rules of the form. The errors name the fields `text` and `html`.
    pub fn parse(&self) -> Result<Footer, FieldErrors> {
        let mut errors = FieldErrors::default();
        let text = errors.take("text", part("Plain text", &self.text));
        let html = errors.take("html", part("HTML", &self.html));
        match (text, html) {
            (Some(text), Some(html)) => Ok(Footer { text, html }),
            _ => Err(errors),
        }
    }

    /// The parts that differ, however their lines end: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| {
            let lines = |text: &str| text.trim_end().lines().collect::<Vec<_>>().join("\n");
            [("text", "Plain text", lines(&draft.text)), ("html", "HTML", lines(&draft.html))]
        };
        differing(answers(self), answers(other))
    }
}

fn part(label: &str, typed: &str) -> Result<String, String> {
    if typed.contains('\0') {
        return Err(format!("{label} holds a NUL character. Take it out."));
    }
    // Browsers send CRLF; a bare CR is never kept.
    let lines = typed.replace("\r\n", "\n").replace('\r', "\n");
    match lines.chars().count() {
        n if n > FOOTER_CHARACTERS => Err(format!("{label} has {n} characters. Use at most {FOOTER_CHARACTERS}.")),
        _ => Ok(lines.trim_end().to_owned()),
    }
}
