//! A text to be explained: a server's reply, a log, a conversation, a bounce; and what was found in it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Diagnosis, FieldErrors, Host, Reply, Stage};

/// The longest text that the page takes, in octets. A form sends up to three for each, and a request has 1 MB.
pub const EXPLAIN_OCTETS: usize = 256 * 1024;

/// The text as it was pasted, and what is known besides. It is kept nowhere.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainDraft {
    /// Whatever was pasted. A log can hold what was exchanged to sign in.
    #[serde(default)]
    pub text: String,
    /// The mail server's name, where the text does not say it; else empty.
    #[serde(default)]
    pub host: String,
    /// The [`Stage::key`] at which it was said, where the text does not show it; else empty.
    #[serde(default)]
    pub stage: String,
}

/// Nothing of the text is written into a log.
impl fmt::Debug for ExplainDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExplainDraft").finish_non_exhaustive()
    }
}

/// A text within bounds, and what is known besides.
#[derive(Clone, PartialEq, Eq)]
pub struct ExplainQuestion<'a> {
    /// At most [`EXPLAIN_OCTETS`]; empty where nothing was pasted.
    pub text: &'a str,
    /// The mail server, where it was named.
    pub host: Option<Host>,
    /// Where it was said, where that was chosen.
    pub stage: Option<Stage>,
}

impl ExplainDraft {
    /// The stages at which a server says something that fails.
    pub const STAGES: [Stage; 7] =
        [Stage::Greeting, Stage::Ehlo, Stage::Tls, Stage::Auth, Stage::Mail, Stage::Rcpt, Stage::Data];

    /// Checks the text's length, the host and the stage.
    pub fn parse(&self) -> Result<ExplainQuestion<'_>, FieldErrors> {
        let Self { text, host, stage } = self;
        let mut errors = FieldErrors::default();
        let text = errors.take("text", bounded(text));
        let host = match host.trim() {
            "" => Some(None),
            host => errors.take("host", Host::parse_as("Mail server", host)).map(Some),
        };
        let stage = match stage.as_str() {
            "" => Some(None),
            key => errors
                .take("stage", Stage::from_key(key).ok_or_else(|| "Choose a stage of the list.".to_owned()))
                .map(Some),
        };
        match (text, host, stage) {
            (Some(text), Some(host), Some(stage)) => Ok(ExplainQuestion { text, host, stage }),
            _ => Err(errors),
        }
    }
}

fn bounded(text: &str) -> Result<&str, String> {
    if text.len() > EXPLAIN_OCTETS {
        let most = EXPLAIN_OCTETS / 1024;
        return Err(format!("The text is longer than {most} kB. Paste the lines around the failure: they are enough."));
    }
    Ok(text.trim())
}

/// What came of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Explanation {
    /// There was no text.
    NothingPasted,
    /// Nothing in the text says that something failed.
    NothingFailed,
    /// The first failure in the text.
    Failed(Box<Explained>),
}

/// A failure that a text shows, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Where it failed.
    pub stage: Stage,
    /// The text does not say at which stage it came; it is the likeliest.
    pub assumed: bool,
    /// The words that show it: the reply, or the program's own. Control characters are made visible.
    pub said: String,
    /// None where the text has no reply of a server in full.
    pub reply: Option<Reply>,
    /// Its cause, and what to do.
    pub diagnosis: Diagnosis,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_bound_and_the_rest_may_be_left_out() {
        let check = |text: &str, host: &str, stage: &str, wrong: Option<(&str, &str)>| {
            let draft = ExplainDraft { text: text.to_owned(), host: host.to_owned(), stage: stage.to_owned() };
            let said = draft.parse().err();
            let Some((field, words)) = wrong else {
                assert_eq!(said, None, "{host} {stage}");
                return;
            };
            let message = said.as_ref().and_then(|errors| errors.get(field)).unwrap_or_default();
            assert!(message.contains(words), "{field}: {said:?}");
        };
        check("", "", "", None);
        check(" 550 no \r\n", " smtp.example ", "rcpt", None);
        check(&"ä".repeat(EXPLAIN_OCTETS / 2), "", "", None);
        check(
            &"x".repeat(EXPLAIN_OCTETS + 1),
            "",
            "",
            Some(("text", "The text is longer than 256 kB. Paste the lines")),
        );
        check("", "https://smtp.example", "", Some(("host", "Take “https://” off")));
        check("", "", "noon", Some(("stage", "Choose a stage")));
    }

    #[test]
    fn a_text_is_not_shown_where_its_draft_is_printed() {
        let draft = ExplainDraft { text: "AUTH PLAIN AHgAeA==".to_owned(), ..ExplainDraft::default() };
        assert_eq!(format!("{draft:?}"), "ExplainDraft { .. }");
    }
}
