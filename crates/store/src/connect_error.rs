//! Why a database did not open: one line that says what was found and what to do.

use std::path::PathBuf;

use thiserror::Error;

/// What was found instead of a database that can be used.
#[derive(Debug, Error)]
pub enum ConnectError {
    #[error(
        "The database URL is not understood. Write sqlite:PATH, or postgres://USER:PASSWORD@HOST:PORT/DATABASE for PostgreSQL."
    )]
    DatabaseUrl,
    #[error("Cannot write to {}: {reason}. Make it writable for the user that runs Posthouse, or choose another folder by --data-dir.", path.display())]
    Unwritable { path: PathBuf, reason: String },
    #[error("{} cannot be opened as a database: {reason}. Restore it from a backup, or choose another folder by --data-dir.", path.display())]
    BadFile { path: PathBuf, reason: String },
    #[error(
        "The database {location} is damaged ({reason}). Posthouse did not start. Move the file aside, with its -wal and -shm, and restore a backup: posthouse restore FILE."
    )]
    Damaged { location: String, reason: String },
    #[error(
        "The database {location} did not answer within {seconds} s. Check that it runs there and that --database-url is right."
    )]
    NoAnswer { location: String, seconds: f64 },
    #[error(
        "The database {location} was locked for {seconds} s. Another program holds it: end that one, then start Posthouse again."
    )]
    Locked { location: String, seconds: f64 },
    #[error(
        "The database {location} could not be reached by TLS: {reason}. It has to prove its name by a certificate (of your own authority: add sslrootcert=FILE to --database-url); whoever trusts the network says otherwise by sslmode=."
    )]
    Tls { location: String, reason: String },
    #[error("The database {location} refused: {reason}. Check user, password and database name in --database-url.")]
    Refused { location: String, reason: String },
    #[error(
        "The database {location} does not keep text as UTF-8 but as {encoding}. Make one with: CREATE DATABASE posthouse TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'."
    )]
    Encoding { location: String, encoding: String },
    #[error(
        "The database {location} lacks the extension pg_trgm ({reason}). Install PostgreSQL's contrib package, or let its administrator run: CREATE EXTENSION pg_trgm."
    )]
    NoTrigrams { location: String, reason: String },
    #[error(
        "The database {location} was written by a newer Posthouse (it knows the change {change}, this program does not). Start that version, or restore an older backup."
    )]
    Newer { location: String, change: String },
    #[error("The database {location} could not be brought up to date: {reason}. Nothing was changed.")]
    Migration { location: String, reason: String },
    #[error("The database {location} failed: {reason}.")]
    Other { location: String, reason: String },
}
