//! What can be wrong with the vault: at the start ([`VaultError`]), and with one secret ([`VaultFault`]).

use std::path::PathBuf;

use model::Problem;
use thiserror::Error;

use super::key::PREFIX;

/// Why the vault did not open. Each is one line: what was found, where it came from, what was expected, what to do.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VaultError {
    #[error(
        "The vault's key file {file}, {from}, is not there, and the database's secrets are sealed under the key {wanted}. Put it back from a backup; if it is lost for good, “posthouse vault reset --forget-secrets” makes a new one.", file = path.display()
    )]
    Lost { path: PathBuf, from: &'static str, wanted: String },
    #[error(
        "The vault's key file {file}, {from}, is of another installation: it holds the key {found}, and the database's secrets are sealed under {wanted}. Put the right one there; if it is lost, “posthouse vault reset --forget-secrets” makes a new one.", file = path.display()
    )]
    Other { path: PathBuf, from: &'static str, found: String, wanted: String },
    #[error(
        "The vault's key file {file}, {from}, is empty. Expected was a line that begins with {PREFIX}. Put it back from a backup, or remove the file if no secret was kept yet.", file = path.display()
    )]
    Empty { path: PathBuf, from: &'static str },
    #[error(
        "The vault's key file {file}, {from}, is not understood in line {line}. Expected was {PREFIX} and 32 bytes in base64. Put it back from a backup.", file = path.display()
    )]
    NotUnderstood { path: PathBuf, from: &'static str, line: usize },
    #[error(
        "The vault's key file {file}, {from}, holds more keys than a rotation leaves there. Put it back from a backup.", file = path.display()
    )]
    TooMany { path: PathBuf, from: &'static str },
    #[error(
        "The vault's key file {file}, {from}, is open to others: its mode is {mode:04o}, expected was 0600. Close it with “chmod 600 {file}”, then give it a new key with “posthouse vault rotate”.", file = path.display()
    )]
    TooOpen { path: PathBuf, from: &'static str, mode: u32 },
    #[error("The vault's key file {file}, {from}, is not a file but {found}. Name a file that holds the key.", file = path.display())]
    NotAFile { path: PathBuf, from: &'static str, found: &'static str },
    #[error(
        "The vault's key file {file}, {from}, cannot be read: {reason}. Make it readable for the user that runs Posthouse, and for nobody else.", file = path.display()
    )]
    Unreadable { path: PathBuf, from: &'static str, reason: String },
    #[error(
        "The vault's key file {file}, {from}, cannot be written: {reason}. Nothing was changed. Make its folder writable for the user that runs Posthouse, or keep the file elsewhere with --vault-key-file.", file = path.display()
    )]
    Unwritable { path: PathBuf, from: &'static str, reason: String },
    #[error("{why} Nothing was changed.")]
    NotNow { why: String },
    #[error("The operating system gives no random numbers. Nothing was changed; see its log.")]
    NoRandom,
    #[error("The vault cannot be read from the database: {0}")]
    Store(#[from] Problem),
}

/// Why a secret was not sealed or not opened.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum VaultFault {
    /// The secret was sealed for another place or under another key, or it was changed.
    #[error("what is kept was changed in the database, or it belongs to another record, user name or destination")]
    Damaged,
    /// No secret of this place is there.
    #[error("it is not in the vault any more")]
    Gone,
    #[error("the vault holds version {found} of it, and the record asks for version {wanted}")]
    Version { found: i64, wanted: i64 },
    /// It was sealed by an older version of Posthouse that still ran after the upgrade, or put back from before it.
    #[error("it was sealed by an older version of Posthouse")]
    Outdated,
    /// The key file was read again, and still does not hold the key.
    #[error("it is sealed under the key {wanted}, and the key file holds {held}")]
    NoKey { wanted: String, held: String },
    #[error("the key file cannot be read again")]
    KeyFile(#[from] Box<VaultError>),
    #[error("the vault is not open in this command")]
    Closed,
    #[error("the operating system gives no random numbers")]
    NoRandom,
}
