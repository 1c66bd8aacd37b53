//! What the form of an account begins with, and what a save of it did.

use serde::{Deserialize, Serialize};

use crate::credential::CredentialChoice;
use crate::{AccountDraft, AccountId, ConnectorChoice, ProviderFacts};

/// What the form begins with: New, Edit or Duplicate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountForm {
    /// The version that a save names; 0 for an account that is not there yet.
    pub version: i64,
    /// The form's answers: the defaults for New, those of the account for Edit and Duplicate.
    pub draft: AccountDraft,
    /// Another enabled account exists, so that the default can be moved there.
    pub others_enabled: bool,
    /// The present default's name, if it is another account.
    pub default_name: Option<String>,
    /// The credentials and connectors that there are.
    pub credentials: Vec<CredentialChoice>,
    /// The connectors that there are, by name.
    pub connectors: Vec<ConnectorChoice>,
    /// What will change at the host that is saved, for whoever signs in there.
    pub coming: Option<ProviderFacts>,
}

/// What a save did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The number of the account that was saved.
    pub id: AccountId,
    /// The version that the save made; the next save names it.
    pub version: i64,
    /// Its name as it was saved.
    pub name: String,
    /// The account that this one took the default mark from, or that it became the first default.
    pub default_moved: Option<DefaultMoved>,
}

/// The mark of the default account came to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefaultMoved {
    /// The name of the account that is the default now.
    pub to: String,
    /// The name of the one that was; None where there was none.
    pub from: Option<String>,
}

impl std::fmt::Display for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.default_moved {
            Some(DefaultMoved { to, from: Some(from) }) => {
                write!(f, "“{to}” is now the default, in place of “{from}”.")
            }
            Some(DefaultMoved { to, from: None }) => write!(f, "“{to}” is saved. It is the default."),
            None => write!(f, "“{}” is saved.", self.name),
        }
    }
}
