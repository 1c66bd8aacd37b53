//! What became, or would become, of a file of accounts that is imported.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ChangeId, DefaultMoved, Difference};

/// The report of an import, a row of the file each: all of them were kept, or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// In the order of the file.
    pub rows: Vec<ImportedRow>,
    /// Columns that say what cannot be set.
    pub ignored: Vec<String>,
    /// Sentences of what was read: which sheet, and what stands above the head.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The default account that it moved, where it did.
    pub default_moved: Option<DefaultMoved>,
    /// What takes it back; None where nothing was changed.
    #[serde(default)]
    pub undo: Option<ChangeId>,
}

/// One row of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// "Line 3"
    pub place: String,
    /// The account's name, as the file says it; empty where it says none.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became, or would become, of a row of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// An account that there was not.
    Created,
    /// `mine` is what the file says.
    Changed(Vec<Difference>),
    /// An account that is already as the file says.
    Unchanged,
    /// The columns and why. Nothing of the file was kept.
    Refused(Vec<RowError>),
}

/// Why a row was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// As the head of the file names it.
    pub column: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// What a file would do, as far as a page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportPreview {
    /// The file's name.
    pub name: String,
    /// All rows of the file, also those that are not shown.
    pub counts: ImportCounts,
    /// The rows that need a look come first.
    pub told: Imported,
    /// Rows that are not shown.
    pub more: usize,
}

/// How many rows came to the same end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// New accounts.
    pub created: usize,
    /// Accounts that differ from the file.
    pub changed: usize,
    /// Accounts that are as the file says.
    pub unchanged: usize,
    /// Rows that are wrong.
    pub refused: usize,
}

impl Imported {
    /// Counts the rows by their outcome.
    pub fn counts(&self) -> ImportCounts {
        let mut counts = ImportCounts::default();
        for row in &self.rows {
            match row.outcome {
                Outcome::Created => counts.created += 1,
                Outcome::Changed(_) => counts.changed += 1,
                Outcome::Unchanged => counts.unchanged += 1,
                Outcome::Refused(_) => counts.refused += 1,
            }
        }
        counts
    }

    /// Whether a row is wrong, so that nothing of the file is kept.
    pub fn is_refused(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.outcome, Outcome::Refused(_)))
    }
}

/// What was done.
impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ImportCounts { created, changed, unchanged, refused: _ } = self.counts();
        write!(f, "Imported: {created} created, {changed} changed, {unchanged} unchanged.")?;
        match &self.default_moved {
            Some(DefaultMoved { to, from: Some(from) }) => {
                write!(f, " “{to}” is now the default, in place of “{from}”.")
            }
            Some(DefaultMoved { to, from: None }) => write!(f, " “{to}” is the default."),
            None => Ok(()),
        }
    }
}
