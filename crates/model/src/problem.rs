//! The one error that a person sees: what happened, and what to do.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Moment;

/// Why something that was asked for did not happen. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// 400: the request does not say what it should.
    Malformed(String),
    /// 401: nobody is signed in.
    SignedOut,
    /// 403: the person may not do this.
    Forbidden(String),
    /// 404: there is no such record, or no longer.
    NotFound(String),
    /// 409: somebody else saved the same record meanwhile.
    Conflict(Box<Conflict>),
    /// 409: a rule between records stands against it.
    Refused(String),
    /// 422: answers that need a change.
    Fields(FieldErrors),
    /// 429: too many tries.
    TooMany(String),
    /// 429: the same, where it is known when to try again.
    Throttled(Throttled),
    /// 503: the store is locked or gone.
    Unavailable(String),
    /// 500: a defect of ours. The cause is in the log.
    Internal,
}

impl Problem {
    /// The HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::SignedOut => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound(_) => 404,
            Self::Conflict(_) | Self::Refused(_) => 409,
            Self::Fields(_) => 422,
            Self::TooMany(_) | Self::Throttled(_) => 429,
            Self::Unavailable(_) => 503,
            Self::Internal => 500,
        }
    }

    /// After how many seconds to try again, where that is known: what `Retry-After` says.
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Throttled(throttled) => Some(throttled.seconds),
            _ => None,
        }
    }

    /// One field's error.
    pub fn field(field: &'static str, message: impl Into<String>) -> Self {
        Self::Fields(FieldErrors::one(field, message))
    }

    /// The version that a form is saved on top of next: after somebody else's save the newest, else what it was.
    pub fn version_after(problem: Option<&Self>, version: i64) -> i64 {
        match problem {
            Some(Self::Conflict(conflict)) => conflict.version,
            _ => version,
        }
    }

    /// The errors beside fields, if that is what it is about.
    pub fn field_errors(&self) -> Option<&FieldErrors> {
        match self {
            Self::Fields(errors) => Some(errors),
            _ => None,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text)
            | Self::Forbidden(text)
            | Self::NotFound(text)
            | Self::Refused(text)
            | Self::TooMany(text)
            | Self::Unavailable(text) => f.write_str(text),
            Self::Throttled(throttled) => throttled.fmt(f),
            Self::SignedOut => f.write_str("You are signed out. Sign in to go on."),
            Self::Conflict(conflict) => write!(f, "{} saved this meanwhile.", conflict.saved_by),
            Self::Fields(errors) => f.write_str(&errors.summary()),
            Self::Internal => f.write_str("Something went wrong on the server. Nothing was changed; its log says why."),
        }
    }
}

impl std::error::Error for Problem {}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::Fields(errors)
    }
}

/// What was too much, and how long to wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    /// A sentence.
    pub what: String,
    /// How long to wait.
    pub seconds: u32,
}

impl fmt::Display for Throttled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Try again in ", self.what)?;
        match self.seconds {
            0 | 1 => f.write_str("a second."),
            seconds @ 2..60 => write!(f, "{seconds} seconds."),
            60 => f.write_str("a minute."),
            seconds => write!(f, "{} minutes.", seconds.div_ceil(60)),
        }
    }
}

/// A form was saved on top of another person's save. What was typed is still in the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    /// The version that a save on top of it has to name.
    pub version: i64,
    /// Who saved it: an e-mail address.
    pub saved_by: String,
    /// When it was saved.
    pub saved_at: Moment,
    /// The fields whose answers differ between the two saves.
    pub differences: Vec<Difference>,
    /// The record's form as it stands in the store now, in JSON, so that only that form loads what reads it. None where
    /// a form can't take theirs over.
    pub theirs: Option<String>,
}

/// A field whose answers differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The name of the field in the form.
    pub field: Cow<'static, str>,
    /// As the form shows it.
    pub label: Cow<'static, str>,
    /// What the form that was not saved says.
    pub mine: String,
    /// What is saved.
    pub theirs: String,
}

/// A form's answer: its field, its label, and what was answered, in words.
pub(crate) type Answer = (&'static str, &'static str, String);

/// Of two forms' answers, as (field, label, answer), those that differ, with both answers.
pub(crate) fn differing<const N: usize>(mine: [Answer; N], theirs: [Answer; N]) -> Vec<Difference> {
    let pairs = mine.into_iter().zip(theirs).filter(|(mine, theirs)| mine.2 != theirs.2);
    let difference = |((field, label, mine), (.., theirs)): (Answer, Answer)| Difference {
        field: field.into(),
        label: label.into(),
        mine,
        theirs,
    };
    pairs.map(difference).collect()
}

/// An answer that needs a change, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The name of the field in the form.
    pub field: Cow<'static, str>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// All answers of a form that need a change, in the order of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// The errors of a form with this one alone.
    pub fn one(field: &'static str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.push(field, message);
        errors
    }

    /// Adds the message beside a field.
    pub fn push(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { field: Cow::Borrowed(field), message: message.into() });
    }

    /// Keeps the value, or the error beside its field.
    pub fn take<T>(&mut self, field: &'static str, parsed: Result<T, String>) -> Option<T> {
        parsed.map_err(|message| self.push(field, message)).ok()
    }

    /// The same, in the order of a form's fields.
    pub fn in_order_of(mut self, fields: &[&str]) -> Self {
        self.0.sort_by_key(|error| fields.iter().position(|field| error.field == *field));
        self
    }

    /// The first message beside a field.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The heading of the error summary of a form that was not saved.
    pub fn summary(&self) -> String {
        self.summary_of("Not saved")
    }

    /// The heading of an error summary; `what` did not happen.
    pub fn summary_of(&self, what: &str) -> String {
        const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
        match self.0.len() {
            1 => format!("{what}: one answer needs a change"),
            n => match WORDS.get(n) {
                Some(word) => format!("{what}: {word} answers need a change"),
                None => format!("{what}: {n} answers need a change"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_whole_minutes_or_seconds() {
        let check = |seconds: u32, words: &str| {
            let problem = Problem::Throttled(Throttled { what: "Too many tries.".to_owned(), seconds });
            assert_eq!(problem.to_string(), format!("Too many tries. Try again in {words}."));
            assert_eq!((problem.status(), problem.retry_after()), (429, Some(seconds)));
        };
        check(1, "a second");
        check(59, "59 seconds");
        check(60, "a minute");
        check(61, "2 minutes");
        check(900, "15 minutes");
    }
}
