//! What can be wrong with the vault: at the start ([`VaultError`]), and with one secret ([`VaultFault`]).

use model::Problem;
use thiserror::Error;

use super::key_source::{KeySource, PREFIX};

/// Why the vault did not open. Each is one line: what was found, where it came from, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VaultError {
    /// The database has secrets, and there is no key file.
    #[error(
        "The vault's key file {file}, is not there, and the database's secrets are sealed under the key {expected}. Put it back from a backup; if it is lost for good, “posthouse vault reset --forget-secrets” makes a new one."
    )]
    Lost {
        /// Where the key file is looked for.
        file: KeySource,
        /// The fingerprint of the key that the secrets are sealed under.
        expected: String,
    },
    /// The key file does not hold the key that the secrets are sealed under.
    #[error(
        "The vault's key file {file}, is of another installation: it holds the key {found}, and the database's secrets are sealed under {expected}. Put the right one there; if it is lost, “posthouse vault reset --forget-secrets” makes a new one."
    )]
    Other {
        /// The key file.
        file: KeySource,
        /// The fingerprint of its current key.
        found: String,
        /// The fingerprint of the key that the secrets are sealed under.
        expected: String,
    },
    /// The key file, which holds no key.
    #[error(
        "The vault's key file {0}, is empty. Expected was a line that begins with {PREFIX}. Put it back from a backup, or remove the file if no secret was kept yet."
    )]
    Empty(KeySource),
    /// A line of the key file is not a key.
    #[error(
        "The vault's key file {file}, is not understood in line {line}. Expected was {PREFIX} and 32 bytes in base64. Put it back from a backup."
    )]
    NotUnderstood {
        /// The key file.
        file: KeySource,
        /// The number of the line, from 1.
        line: usize,
    },
    /// The key file, which holds more than [`MAX_KEYS`](crate::MAX_KEYS).
    #[error("The vault's key file {0}, holds more keys than a rotation leaves there. Put it back from a backup.")]
    TooMany(KeySource),
    /// Users other than the owner may read or write the key file.
    #[error(
        "The vault's key file {file}, is open to others: its mode is {mode:04o}, expected was 0600. Close it with “chmod 600 {path}”, then give it a new key with “posthouse vault rotate”.", path = file.path().display()
    )]
    TooOpen {
        /// The key file.
        file: KeySource,
        /// Its permission bits.
        mode: u32,
    },
    /// The path names something else than a file.
    #[error("The vault's key file {file}, is not a file but {found}. Name a file that holds the key.")]
    NotAFile {
        /// Where the key file should be.
        file: KeySource,
        /// What is there, with an article: "a folder".
        found: &'static str,
    },
    /// The operating system refused to read the key file.
    #[error(
        "The vault's key file {file}, cannot be read: {reason}. Make it readable for the user that runs Posthouse, and for nobody else."
    )]
    Unreadable {
        /// The key file.
        file: KeySource,
        /// The operating system's reason.
        reason: String,
    },
    /// The operating system refused to write the key file.
    #[error(
        "The vault's key file {file}, cannot be written: {reason}. Nothing was changed. Make its folder writable for the user that runs Posthouse, or keep the file elsewhere with --vault-key-file."
    )]
    Unwritable {
        /// The key file.
        file: KeySource,
        /// The operating system's reason.
        reason: String,
    },
    /// What was asked for is not possible as the vault is.
    #[error("{why} Nothing was changed.")]
    NotNow {
        /// A sentence.
        why: String,
    },
    /// A key could not be made.
    #[error("The operating system gives no random numbers. Nothing was changed; see its log.")]
    NoRandom,
    /// The database failed.
    #[error("The vault cannot be read from the database: {0}")]
    Store(#[from] Problem),
}

/// Why a secret was not sealed or not opened.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VaultFault {
    /// The secret was sealed for another context or under another key, or it was changed.
    #[error("what is kept was changed in the database, or it belongs to another record, user name or destination")]
    Damaged,
    /// No secret of this context is stored.
    #[error("it is not in the vault any more")]
    Gone,
    /// The sealed secret is of another save of the record than its row.
    #[error("the vault holds version {found} of it, and the record asks for version {expected}")]
    Version {
        /// The version that is sealed.
        found: i64,
        /// The version in the record's row.
        expected: i64,
    },
    /// It was sealed by an older version of Posthouse that still ran after the upgrade, or put back from before it.
    #[error("it was sealed by an older version of Posthouse")]
    Outdated,
    /// The key file was read again, and still does not hold the key.
    #[error("it is sealed under the key {expected}, and the key file holds {found}")]
    NoKey {
        /// The fingerprint of the key that the secret is sealed under.
        expected: String,
        /// The fingerprint of the file's current key.
        found: String,
    },
    /// The key is not in memory, and reading the file again failed.
    #[error("the key file cannot be read again")]
    KeyFile(#[from] Box<VaultError>),
    /// The process opened the backend without the vault.
    #[error("the vault is not open in this command")]
    Closed,
    /// A data key or a nonce could not be made.
    #[error("the operating system gives no random numbers")]
    NoRandom,
}
