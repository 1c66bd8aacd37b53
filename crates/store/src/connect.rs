//! Opening a database: its folder, its connections, and what is wrong with it in one line.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use sea_orm::sqlx::sqlite::SqliteLockingMode;
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, Statement};
use secrecy::{ExposeSecret, SecretString};

use super::{CONNECTIONS, Store, migrate};
use crate::driver_error::{reason, sqlite_code, sqlx_error};
use crate::{ConnectError, Database, StoreOptions};

/// How long a transaction on PostgreSQL may wait for its program.
const IDLE_AT_MOST: Duration = Duration::from_secs(60);

impl Store {
    /// Connects and brings the tables up to date.
    pub async fn open(options: &StoreOptions) -> Result<Self, ConnectError> {
        let Connected { db, location } = connect(options, Sharing::Shared).await?;
        migrate::run(&db, &location, options.limit).await?;
        Ok(Self::new(db, options.limit))
    }

    /// Connects, and leaves the tables as they are.
    pub async fn connect(options: &StoreOptions, sharing: Sharing) -> Result<Self, ConnectError> {
        let Connected { db, location: _ } = connect(options, sharing).await?;
        Ok(Self::new(db, options.limit))
    }
}

/// Who may have the database open beside this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Other programs, by as many connections as they like.
    Shared,
    /// By one connection. A SQLite file is kept from every other program.
    Alone,
}

impl Sharing {
    const fn connections(self) -> u32 {
        match self {
            Self::Shared => CONNECTIONS,
            Self::Alone => 1,
        }
    }

    const fn locking_mode(self) -> SqliteLockingMode {
        match self {
            Self::Shared => SqliteLockingMode::Normal,
            Self::Alone => SqliteLockingMode::Exclusive,
        }
    }
}

struct Connected {
    db: DatabaseConnection,
    location: String,
}

async fn connect(options: &StoreOptions, sharing: Sharing) -> Result<Connected, ConnectError> {
    let limit = options.limit;
    match &options.database {
        Database::Sqlite { path } => {
            make_file(path)?;
            Ok(Connected { db: open_file(path, limit, sharing).await?, location: path.display().to_string() })
        }
        Database::Postgres { url } => {
            let (db, location) = open_server(url, options.password.as_ref(), limit, sharing).await?;
            check_encoding(&db, &location).await?;
            Ok(Connected { db, location })
        }
    }
}

async fn open_file(path: &Path, limit: Duration, sharing: Sharing) -> Result<DatabaseConnection, ConnectError> {
    // The URL only names the kind: a path can hold characters that a URL cannot.
    let mut options = ConnectOptions::new("sqlite:");
    let file = path.to_owned();
    options
        .max_connections(sharing.connections())
        .acquire_timeout(limit)
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(true)
                .busy_timeout(limit)
                .locking_mode(sharing.locking_mode())
                .pragma("journal_mode", "WAL")
                // A commit that was answered is on the disk, also when the power fails.
                .pragma("synchronous", "FULL")
                // What is deleted is overwritten: a secret that was replaced does not stay in a free page.
                .pragma("secure_delete", "ON")
                .foreign_keys(true)
        });
    let started = Instant::now();
    loop {
        let error = match sea_orm::Database::connect(options.clone()).await {
            Ok(db) => return Ok(db),
            Err(error) => error,
        };
        return Err(match (sqlite_code(&error), reason(&error)) {
            // SQLite does not wait by itself where two programs make the same file one with a log.
            (Some(5 | 6), _) if started.elapsed() < limit => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
            (Some(5 | 6), _) => {
                ConnectError::Locked { location: path.display().to_string(), seconds: limit.as_secs_f64() }
            }
            // The wait for the lock is as long as that for a connection: either may end first.
            _ if matches!(sqlx_error(&error), Some(sqlx::Error::PoolTimedOut)) => {
                ConnectError::Locked { location: path.display().to_string(), seconds: limit.as_secs_f64() }
            }
            (Some(8 | 14), reason) => ConnectError::Unwritable { path: path.to_owned(), reason },
            (_, reason) => ConnectError::BadFile { path: path.to_owned(), reason },
        });
    }
}

/// Makes the folder and the file, for nobody but this user, if they are missing; SQLite gives its other files the same
/// rights.
fn make_file(path: &Path) -> Result<(), ConnectError> {
    let unwritable = |path: &Path, error: io::Error| ConnectError::Unwritable {
        path: path.to_owned(),
        reason: error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| unwritable(folder, error))?;
    }
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map(|_| ()).map_err(|error| unwritable(path, error))
}

async fn open_server(
    url: &SecretString,
    password: Option<&SecretString>,
    limit: Duration,
    sharing: Sharing,
) -> Result<(DatabaseConnection, String), ConnectError> {
    let mut server = PgConnectOptions::from_str(url.expose_secret()).map_err(|_| ConnectError::DatabaseUrl)?;
    if let Some(password) = password {
        server = server.password(password.expose_secret());
    }
    if is_remote(&server) && !says_ssl_mode(url.expose_secret()) {
        // The usual mode falls back to clear text, and takes any certificate.
        server = server.ssl_mode(PgSslMode::VerifyFull);
    }
    let database = server.get_database().unwrap_or(server.get_username());
    let location = format!("“{database}” at {}:{}", server.get_host(), server.get_port());
    let server = server.application_name("posthouse").disable_statement_logging().options([
        ("synchronous_commit", "on".to_owned()),
        ("lock_timeout", limit.as_millis().to_string()),
        ("statement_timeout", limit.saturating_mul(2).as_millis().to_string()),
        // A server that stands still in the middle of a change does not keep the others from theirs.
        ("idle_in_transaction_session_timeout", IDLE_AT_MOST.as_millis().to_string()),
        // Compiling a query takes longer than any of ours runs.
        ("jit", "off".to_owned()),
    ]);
    // The URL only names the kind: sea-orm traces it, and the real one can hold a password.
    let mut options = ConnectOptions::new("postgres://localhost");
    options
        .max_connections(sharing.connections())
        .acquire_timeout(limit)
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .map_sqlx_postgres_opts(move |_| server.clone());
    let seconds = limit.as_secs_f64();
    let connected = tokio::time::timeout(limit.saturating_mul(2), sea_orm::Database::connect(options)).await;
    match connected {
        Ok(Ok(db)) => Ok((db, location)),
        Err(_) => Err(ConnectError::NoAnswer { location, seconds }),
        Ok(Err(error)) => Err(match sqlx_error(&error) {
            Some(sqlx::Error::Database(refusal)) => {
                ConnectError::Refused { location, reason: refusal.message().to_owned() }
            }
            Some(sqlx::Error::Tls(cause)) => ConnectError::Tls { location, reason: cause.to_string() },
            // So rustls' faults come through.
            Some(sqlx::Error::Io(cause)) if cause.kind() == io::ErrorKind::InvalidData => {
                ConnectError::Tls { location, reason: cause.to_string() }
            }
            Some(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) => ConnectError::NoAnswer { location, seconds },
            _ => ConnectError::Other { location, reason: reason(&error) },
        }),
    }
}

/// Whether the connection leaves this machine.
fn is_remote(server: &PgConnectOptions) -> bool {
    let host = server.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_local = match address {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    };
    server.get_socket().is_none() && !is_local
}

/// Whether the URL itself says how the connection is to be protected.
fn says_ssl_mode(url: &str) -> bool {
    let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    query.split('&').any(|pair| matches!(pair.split('=').next(), Some("sslmode" | "ssl-mode")))
}

async fn check_encoding(db: &DatabaseConnection, location: &str) -> Result<(), ConnectError> {
    let other = |error: DbErr| ConnectError::Other { location: location.to_owned(), reason: reason(&error) };
    let statement = Statement::from_string(db.get_database_backend(), "SHOW server_encoding");
    let row = db.query_one_raw(statement).await.map_err(other)?;
    let encoding = match row {
        Some(row) => row.try_get_by_index::<String>(0).map_err(other)?,
        None => String::new(),
    };
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(ConnectError::Encoding { location: location.to_owned(), encoding }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_has_to_prove_its_name_unless_the_url_says_otherwise() {
        let check = |url: &str, remote: bool, says: bool| {
            let server = PgConnectOptions::from_str(url).expect(url);
            assert_eq!((is_remote(&server), says_ssl_mode(url)), (remote, says), "{url}");
        };
        check("postgres://u:p@db.nordhavn.example/mail", true, false);
        check("postgres://u@192.0.2.1/mail?application_name=x", true, false);
        check("postgres://u@0.0.0.0/mail", true, false);
        check("postgres://u@db.nordhavn.example/mail?sslmode=require", true, true);
        check("postgres://u@db.nordhavn.example/mail?port=5433&ssl-mode=disable", true, true);
        check("postgres://u@localhost/mail?host=db.nordhavn.example", true, false);
        check("postgres://sslmode:sslmode@db.nordhavn.example/sslmode", true, false);
        check("postgres://u@localhost/mail", false, false);
        check("postgres://u@127.0.0.1:5433/mail", false, false);
        check("postgres://u@[::1]/mail", false, false);
        check("postgres://u@%2Fvar%2Frun%2Fpostgresql/mail", false, false);
        check("postgres://u@db.nordhavn.example/mail?host=/var/run/postgresql", false, false);
    }

    #[tokio::test]
    async fn a_server_that_stands_still_in_a_change_loses_its_locks_after_a_minute() {
        let url = std::env::var("POSTHOUSE_TEST_POSTGRES").expect("`cargo xtask test` starts a PostgreSQL");
        let limit = Duration::from_secs(10);
        let opened = open_server(&SecretString::from(url), None, limit, Sharing::Shared).await;
        let (db, _) = opened.expect("it answers");
        let statement = Statement::from_string(db.get_database_backend(), "SHOW idle_in_transaction_session_timeout");
        let row = db.query_one_raw(statement).await.expect("it is a setting").expect("it has a value");
        assert_eq!(row.try_get_by_index::<String>(0).expect("a text"), "1min");
        db.close().await.expect("it closes");
    }
}
