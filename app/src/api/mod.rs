//! The server functions: what the pages ask of the server. Each body is one call into `backend`, with its answer sent
//! on.

pub mod accounts;
pub mod batches;
pub mod changes;
pub mod connectors;
pub mod credentials;
pub mod deleted;
pub mod explain;
pub mod footer;
pub mod imports;
pub mod networks;
pub mod people;
pub mod registration;
pub mod schedules;
pub mod secret;
pub mod test_sends;
pub mod views;

use std::fmt;

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::{AccountId, ChangeId, DeletedRecord, Problem, RecordKind, UserId};
use serde::{Deserialize, Serialize};

/// A problem on its way to the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fail(pub Problem);

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Problem> for Fail {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

/// The words where no answer came at all.
const NO_ANSWER: &str = "The server did not answer. Check the connection and try again.";

impl Fail {
    /// No answer came: the connection is gone, or the server.
    pub fn is_unanswered(&self) -> bool {
        matches!(&self.0, Problem::Unavailable(words) if words == NO_ANSWER)
    }
}

impl FromServerFnError for Fail {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            // The last one for arguments in JSON.
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                Problem::Malformed("The request was not understood. Load the page again.".to_owned())
            }
            ServerFnErrorErr::Request(_) => Problem::Unavailable(NO_ANSWER.to_owned()),
            _ => Problem::Internal,
        })
    }
}

/// A form kept in the session for the page that shows it again: what was typed. A secret never stands in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestoredForm<D> {
    pub draft: D,
    /// Why it was refused; None where the person only went elsewhere meanwhile.
    pub problem: Option<Problem>,
    /// The version of the record that it was loaded at; None where it is no record's.
    #[serde(default)]
    pub version: Option<i64>,
}

impl<D> RestoredForm<D> {
    pub const fn new(draft: D, problem: Option<Problem>) -> Self {
        Self { draft, problem, version: None }
    }

    /// The version that the next save replaces: what somebody else saved meanwhile is not replaced unseen.
    pub fn replaces(&self, newest: i64) -> i64 {
        match &self.problem {
            Some(Problem::Conflict(conflict)) => conflict.version,
            _ => self.version.unwrap_or(newest),
        }
    }
}

/// What a page begins with: its data, and the form that was kept before, if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormInit<T, D> {
    pub data: T,
    pub restored: Option<RestoredForm<D>>,
}

/// What the form of a record is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormFor<Id> {
    New,
    Edit(Id),
    Duplicate(Id),
}

impl<Id: fmt::Display + Copy> FormFor<Id> {
    /// The name and the value of the form's field that says so.
    pub fn field(self) -> (&'static str, String) {
        match self {
            Self::New => ("form", "New".to_owned()),
            Self::Edit(id) => ("form[Edit]", id.to_string()),
            Self::Duplicate(id) => ("form[Duplicate]", id.to_string()),
        }
    }

    /// The form's heading: the name of the record, or what it is called while it has none.
    pub fn title(self, new: &str, name: &str) -> String {
        match self {
            Self::New => new.to_owned(),
            Self::Duplicate(_) => format!("Copy of {}", name.trim_end_matches(" (copy)")),
            Self::Edit(_) => name.to_owned(),
        }
    }

    /// The record that is edited.
    pub fn edited(self) -> Option<Id> {
        match self {
            Self::Edit(id) => Some(id),
            Self::New | Self::Duplicate(_) => None,
        }
    }
}

/// What was done, told on the next page; with the way to take it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub text: String,
    pub undo: Option<Undo>,
}

/// What can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undo {
    /// An account was deleted.
    Deleted(AccountId),
    /// Several accounts were changed at once.
    Change(ChangeId),
    /// Another record was deleted.
    Record(DeletedRecord),
}

impl Notice {
    /// A record was deleted, and can be brought back.
    pub fn deleted(name: &str, kind: RecordKind, id: i64) -> Self {
        let the = if kind == RecordKind::View { "The view " } else { "" };
        Self { text: format!("{the}“{name}” is deleted."), undo: Some(Undo::Record(DeletedRecord { kind, id })) }
    }

    pub fn says(text: impl Into<String>) -> Self {
        Self { text: text.into(), undo: None }
    }
}

/// Who a session belongs to, and a digest that changes with the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub id: UserId,
    pub proof: Vec<u8>,
}
