//! Why a backup was not made, not read or not restored: one line that says what was found and what to do.

use std::io;
use std::path::{Path, PathBuf};

use model::Problem;
use store::StoreError;
use thiserror::Error;
use vault::VaultError;

use super::PASSPHRASE_LEAST;
use crate::OpenError;

/// Why a backup was not made, not read or not restored. `Display` is a sentence for who gave the command.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The file to write is there, and is not to be replaced.
    #[error("{} is there already. Name another file, or give --force to replace it.", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be opened or read.
    #[error("{} cannot be read: {reason}.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: String,
    },
    /// The file cannot be made or written.
    #[error("{} cannot be written: {reason}. No backup was made.", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        reason: String,
    },
    /// The passphrase is shorter than [`PASSPHRASE_LEAST`](super::PASSPHRASE_LEAST).
    #[error("The passphrase is too short: it takes at least {PASSPHRASE_LEAST} characters.")]
    Short,
    /// There is no database to back up.
    #[error("There is no database at {}. Check --data-dir and --database-url.", path.display())]
    NoDatabase {
        /// The file of the SQLite database.
        path: PathBuf,
    },
    /// The file is not encrypted by `age`, or does not begin as a backup does.
    #[error("{} is not a backup of Posthouse. Nothing was changed.", path.display())]
    NotABackup {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase does not decrypt it.
    #[error(
        "The passphrase does not open {file}, or the beginning of the file is damaged. Nothing was changed.", file = path.display()
    )]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// The contents are cut off, or not what their first line says.
    #[error(
        "{file} is damaged or not complete: {reason}. Nothing was changed. Take another backup.", file = path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found, in words.
        reason: String,
    },
    /// The format or the tables are newer than this program.
    #[error(
        "{file} was made by a newer Posthouse, {posthouse} (this program does not know {what}). Nothing was changed. Restore it with that version.", file = path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the program that made it.
        posthouse: String,
        /// What this program does not know, in words.
        what: String,
    },
    /// The database to restore into has records, and they are not to be replaced.
    #[error(
        "The database holds records already. Nothing was changed. Restore into an empty database, or give --replace to put the backup in the place of everything there."
    )]
    NotEmpty,
    /// A server is running on the database to restore into.
    #[error(
        "Another Posthouse has the database open. Nothing was changed. Stop every server on it, then give this command again."
    )]
    InUse,
    /// The database did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key file cannot be read or written.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database failed while it was read or written.
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
        Self::Unreadable { path: path.to_owned(), reason: reason(error) }
    }

    pub(super) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::Unwritable { path: path.to_owned(), reason: reason(error) }
    }

    pub(super) fn damaged(path: &Path, reason: &str) -> Self {
        Self::Damaged { path: path.to_owned(), reason: reason.to_owned() }
    }
}

/// The system's own reason, without its number.
fn reason(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}
