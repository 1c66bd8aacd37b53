//! Why a backup was not made, not read or not restored: one line that says what was found and what to do.

use std::io;
use std::path::{Path, PathBuf};

use model::Problem;
use store::StoreError;
use thiserror::Error;
use vault::VaultError;

use super::PASSPHRASE_LEAST;
use crate::OpenError;

#[derive(Debug, Error)]
pub enum BackupError {
    #[error("{} is there already. Name another file, or give --force to replace it.", path.display())]
    Exists { path: PathBuf },
    #[error("{} cannot be read: {reason}.", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{} cannot be written: {reason}. No backup was made.", path.display())]
    Unwritable { path: PathBuf, reason: String },
    #[error("The passphrase is too short: it takes at least {PASSPHRASE_LEAST} characters.")]
    Short,
    #[error("There is no database at {}. Check --data-dir and --database-url.", path.display())]
    NoDatabase { path: PathBuf },
    #[error("{} is not a backup of Posthouse. Nothing was changed.", path.display())]
    NotABackup { path: PathBuf },
    #[error(
        "The passphrase does not open {file}, or the beginning of the file is damaged. Nothing was changed.", file = path.display()
    )]
    Passphrase { path: PathBuf },
    #[error(
        "{file} is damaged or not complete: {reason}. Nothing was changed. Take another backup.", file = path.display()
    )]
    Damaged { path: PathBuf, reason: String },
    #[error(
        "{file} was made by a newer Posthouse, {posthouse} (this program does not know {what}). Nothing was changed. Restore it with that version.", file = path.display()
    )]
    Newer { path: PathBuf, posthouse: String, what: String },
    #[error(
        "The database holds records already. Nothing was changed. Restore into an empty database, or give --replace to put the backup in the place of everything there."
    )]
    NotEmpty,
    #[error(
        "Another Posthouse has the database open. Nothing was changed. Stop every server on it, then give this command again."
    )]
    InUse,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("The database failed: {0}")]
    Store(#[from] Problem),
}

impl From<StoreError> for BackupError {
    fn from(fault: StoreError) -> Self {
        Self::Store(fault.into())
    }
}

impl BackupError {
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: words(error) }
    }

    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), reason: words(error) }
    }

    pub(super) fn damaged(path: &Path, reason: &str) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_owned() }
    }
}

/// The system's own words, without its number.
fn words(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}
