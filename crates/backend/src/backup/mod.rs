//! `posthouse backup` and `posthouse restore`: everything that the database holds, as one file that only a passphrase
//! opens. The file is the same for SQLite and PostgreSQL: what one of them gave, the other one takes.
//!
//! Sessions with the forms that they keep, counters of tries to sign in and of what was sent, browsers that people
//! signed in with, files that wait for their import, files that schedules sent, and the search index are not in it. The
//! vault's key is in it only where that is asked for.

use std::path::PathBuf;

use model::Moment;
use secrecy::SecretString;

mod error;
mod format;
mod new_file;
mod read;
mod restore;
mod write;

pub use crate::existing::Existing;
pub use error::BackupError;

/// Characters that a passphrase has at least.
pub const PASSPHRASE_LEAST: usize = 12;

/// A file, and what opens it.
#[derive(Clone, Debug)]
pub struct BackupFile {
    /// Where it is, or is to be made.
    pub path: PathBuf,
    /// At least [`PASSPHRASE_LEAST`] characters when it is made.
    pub passphrase: SecretString,
}

/// Whether a backup holds the vault's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyInBackup {
    /// Whoever has the file and its passphrase can open the secrets.
    Included,
    /// The secrets open only beside the key file.
    LeftOut,
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSummary {
    /// The version of the program that made it.
    pub posthouse: String,
    /// When it was made.
    pub made_at: Moment,
    /// How many tables it has.
    pub tables: u64,
    /// How many rows all tables have together.
    pub rows: u64,
    /// Whether the vault's key is in it.
    pub key: KeyInBackup,
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// What was restored.
    pub backup: BackupSummary,
    /// The fingerprint of the key that the restored secrets are sealed under, where this machine's key file does not
    /// hold it.
    pub wanted_key: Option<String>,
}
