//! Why a database did not open: one line that says what was found and what to do.

use std::path::PathBuf;

use thiserror::Error;

/// What was found instead of a database that can be used.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The URL names neither a file nor a PostgreSQL database.
    #[error(
        "The database URL is not understood. Write sqlite:PATH, or postgres://USER:PASSWORD@HOST:PORT/DATABASE for PostgreSQL."
    )]
    DatabaseUrl,
    /// The file or its folder cannot be written to.
    #[error("Cannot write to {}: {reason}. Make it writable for the user that runs Posthouse, or choose another folder by --data-dir.", path.display())]
    Unwritable {
        /// The file or the folder.
        path: PathBuf,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// The file is no SQLite database, or cannot be read as one.
    #[error("{} cannot be opened as a database: {reason}. Restore it from a backup, or choose another folder by --data-dir.", path.display())]
    BadFile {
        /// The file or the folder.
        path: PathBuf,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// A check of the whole SQLite file found damage.
    #[error(
        "The database {location} is damaged ({reason}). Posthouse did not start. Move the file aside, with its -wal and -shm, and restore a backup: posthouse restore FILE."
    )]
    Damaged {
        /// The file, or the database and its server.
        location: String,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// The PostgreSQL server did not answer in time.
    #[error(
        "The database {location} did not answer within {seconds} s. Check that it runs there and that --database-url is right."
    )]
    NoAnswer {
        /// The file, or the database and its server.
        location: String,
        /// How long was waited.
        seconds: f64,
    },
    /// Another program held the database for as long as was waited.
    #[error(
        "The database {location} was locked for {seconds} s. Another program holds it: end that one, then start Posthouse again."
    )]
    Locked {
        /// The file, or the database and its server.
        location: String,
        /// How long was waited.
        seconds: f64,
    },
    /// The connection could not be encrypted, or the server did not prove its name.
    #[error(
        "The database {location} could not be reached by TLS: {reason}. It has to prove its name by a certificate (of your own authority: add sslrootcert=FILE to --database-url); whoever trusts the network says otherwise by sslmode=."
    )]
    Tls {
        /// The file, or the database and its server.
        location: String,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// The PostgreSQL server refused the user, the password or the database.
    #[error("The database {location} refused: {reason}. Check user, password and database name in --database-url.")]
    Refused {
        /// The file, or the database and its server.
        location: String,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// The PostgreSQL database keeps text in another encoding.
    #[error(
        "The database {location} does not keep text as UTF-8 but as {encoding}. Make one with: CREATE DATABASE posthouse TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'."
    )]
    Encoding {
        /// The file, or the database and its server.
        location: String,
        /// Which one.
        encoding: String,
    },
    /// The PostgreSQL database lacks the extension that the search index needs.
    #[error(
        "The database {location} lacks the extension pg_trgm ({reason}). Install PostgreSQL's contrib package, or let its administrator run: CREATE EXTENSION pg_trgm."
    )]
    NoTrigrams {
        /// The file, or the database and its server.
        location: String,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// The tables are of a later version of Posthouse.
    #[error(
        "The database {location} was written by a newer Posthouse (it knows the change {change}, this program does not). Start that version, or restore an older backup."
    )]
    Newer {
        /// The file, or the database and its server.
        location: String,
        /// The name of the first change that is not known.
        change: String,
    },
    /// A change of the tables failed, and was undone.
    #[error("The database {location} could not be brought up to date: {reason}. Nothing was changed.")]
    Migration {
        /// The file, or the database and its server.
        location: String,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
    /// Anything else that the database refused or failed at.
    #[error("The database {location} failed: {reason}.")]
    Other {
        /// The file, or the database and its server.
        location: String,
        /// The system's or the database's own words, without a full stop.
        reason: String,
    },
}
