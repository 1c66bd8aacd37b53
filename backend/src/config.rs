//! What a backend is opened with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::ConfiguredNetworks;
use secrecy::{ExposeSecret, SecretString};

use crate::sessions::SessionLimits;
use crate::smtp::Limits;
use crate::vault::KeySource;
use crate::vault::reference::ReferenceRules;
use crate::{OpenError, ReportLimits};

#[derive(Clone, Debug)]
pub struct Config {
    pub database: Database,
    /// The password of PostgreSQL's user, where it does not stand in the URL.
    pub database_password: Option<SecretString>,
    /// How Posthouse introduces itself to mail servers: the name in EHLO and in Message-ID.
    pub hello_name: String,
    /// How long each stage of a conversation with a mail server may take.
    pub limits: Limits,
    /// How long the database may take to answer, or to be free.
    pub store_limit: Duration,
    /// Where the vault's key is; None where no secret is sealed or opened, as in `posthouse user add`.
    pub vault: Option<KeySource>,
    /// What references of the kinds `env:` and `file:` may name, and where what they name may go.
    pub references: ReferenceRules,
    /// How long a scheduled run is held by a server that gives no sign of life, before another one may take it.
    pub run_hold: Duration,
    /// How many tests one person may begin within a minute.
    pub tests_per_minute: u32,
    /// How many days test sends, and tests and changes of several accounts, are kept. The newest test of an account is
    /// kept for as long as the account.
    pub tests_kept_days: u32,
    /// The DNS server that looks mail servers and proxies up; None for those of the machine.
    pub dns: Option<SocketAddr>,
    pub session_limits: SessionLimits,
    /// The networks that are connected to, whatever stands on the page.
    pub networks: ConfiguredNetworks,
    /// Who may receive scheduled reports, and how many there may be.
    pub reports: ReportLimits,
}

/// As long as a database that hangs may keep a healthy server from holding its runs.
const RUN_HOLD: Duration = Duration::from_secs(60);

/// More than a person presses, less than a machine would.
const TESTS_PER_MINUTE: u32 = 30;

/// A year, and some weeks to look back at it.
const TESTS_KEPT_DAYS: u32 = 400;

impl Config {
    /// With the usual limits, 10 s each, and without the vault.
    pub fn new(database: Database, hello_name: impl Into<String>) -> Self {
        let hello_name = hello_name.into();
        let (limits, store_limit) = (Limits::default(), Duration::from_secs(10));
        Self {
            database,
            database_password: None,
            hello_name,
            limits,
            store_limit,
            vault: None,
            references: ReferenceRules::default(),
            run_hold: RUN_HOLD,
            tests_per_minute: TESTS_PER_MINUTE,
            tests_kept_days: TESTS_KEPT_DAYS,
            dns: None,
            session_limits: SessionLimits::default(),
            networks: ConfiguredNetworks::default(),
            reports: ReportLimits::default(),
        }
    }
}

/// Where everything is kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// One file, made if it is missing, with its folder.
    Sqlite { path: PathBuf },
    /// `postgres://user:password@host:port/database`; it can hold a password.
    Postgres { url: SecretString },
}

impl Database {
    /// What `--data-dir` and `--database-url` say together: `posthouse.db` in the folder, unless a URL names another
    /// file
    /// (`sqlite:PATH`) or a PostgreSQL database.
    pub fn from_options(data_dir: &Path, database_url: Option<&SecretString>) -> Result<Self, OpenError> {
        let Some(url) = database_url else {
            return Ok(Self::Sqlite { path: data_dir.join("posthouse.db") });
        };
        let text = url.expose_secret().trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            // `sqlite://name` and `sqlite:name` both name a file beside the program, `sqlite:///name` one in the root.
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => Err(OpenError::DatabaseUrl),
                path => Ok(Self::Sqlite { path: PathBuf::from(path) }),
            };
        }
        match text.starts_with("postgres://") || text.starts_with("postgresql://") {
            true => Ok(Self::Postgres { url: SecretString::from(text) }),
            false => Err(OpenError::DatabaseUrl),
        }
    }
}

/// The machine's name, for EHLO where no better one is known; its address in brackets where it has none
/// (RFC 5321, section 4.1.3).
pub fn machine_name() -> String {
    lettre::transport::smtp::extension::ClientId::default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_a_file_or_a_postgresql() {
        let check = |url: Option<&str>, found: &str| {
            let database = Database::from_options(Path::new("data"), url.map(SecretString::from).as_ref());
            let said = match database {
                Ok(Database::Sqlite { path }) => format!("file {}", path.display()),
                Ok(Database::Postgres { url }) => format!("server {}", url.expose_secret()),
                Err(error) => error.to_string(),
            };
            assert!(said.starts_with(found), "{url:?}: {said}");
        };
        check(None, "file data/posthouse.db");
        check(Some("sqlite:x.db"), "file x.db");
        check(Some("sqlite://x.db"), "file x.db");
        check(Some("sqlite:///var/x.db"), "file /var/x.db");
        check(Some("postgres://u:p@h/d"), "server postgres://u:p@h/d");
        check(Some("postgresql://h/d"), "server postgresql://h/d");
        check(Some("mysql://h/d"), "The database URL is not understood");
        check(Some("sqlite:"), "The database URL is not understood");
    }

    #[test]
    fn a_password_in_the_url_is_not_shown() {
        let url = SecretString::from("postgres://u:hidden-canary@h/d");
        let database = Database::from_options(Path::new("data"), Some(&url)).expect("it is a PostgreSQL URL");
        assert!(!format!("{database:?}").contains("hidden-canary"));
    }
}
