//! Which database is opened, and how.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::ConnectError;

/// What a store is opened with.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Which database it is.
    pub database: Database,
    /// The password of PostgreSQL's user, where it does not stand in the URL.
    pub password: Option<SecretString>,
    /// How long the database may take to answer, or to be free.
    pub limit: Duration,
}

/// Where everything is kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// One file, made if it is missing, with its folder.
    Sqlite {
        /// Where the file is.
        path: PathBuf,
    },
    /// `postgres://user:password@host:port/database`; it can hold a password.
    Postgres {
        /// As it was configured.
        url: SecretString,
    },
}

impl Database {
    /// What `--data-dir` and `--database-url` say together: `posthouse.db` in the folder, unless a URL names another
    /// file (`sqlite:PATH`) or a PostgreSQL database.
    pub fn from_options(data_dir: &Path, database_url: Option<&SecretString>) -> Result<Self, ConnectError> {
        let Some(url) = database_url else {
            return Ok(Self::Sqlite { path: data_dir.join("posthouse.db") });
        };
        let text = url.expose_secret().trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            // `sqlite://name` and `sqlite:name` both name a file beside the program, `sqlite:///name` one in the root.
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => Err(ConnectError::DatabaseUrl),
                path => Ok(Self::Sqlite { path: PathBuf::from(path) }),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres { url: SecretString::from(text) })
        } else {
            Err(ConnectError::DatabaseUrl)
        }
    }
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
