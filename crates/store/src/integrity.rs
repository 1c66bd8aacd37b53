//! A SQLite file that was damaged is reported before anything is written to it; and what was deleted leaves its log.
//! PostgreSQL watches over its own files.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::driver_error::{reason, sqlite_code};
use super::{Sharing, Store};
use crate::{ConnectError, Database, StoreOptions};

/// Reads every page, and compares no index with its table. The first finding is enough.
const CHECK: &str = "PRAGMA quick_check(1)";
const CHECK_KEYS: &str =
    "SELECT 'a row of ' || \"table\" || ' points at nothing' FROM pragma_foreign_key_check LIMIT 1";

impl Store {
    /// Checks whether the database is whole. One that is not there yet is.
    pub async fn check_integrity(options: &StoreOptions) -> Result<(), ConnectError> {
        let Database::Sqlite { path } = &options.database else { return Ok(()) };
        if !path.exists() {
            return Ok(());
        }
        let store = Self::connect(options, Sharing::Shared).await?;
        let found = store.find_damage().await;
        store.close().await;
        let location = || path.display().to_string();
        match found {
            Ok(None) => Ok(()),
            Ok(Some(reason)) => Err(ConnectError::Damaged { location: location(), reason }),
            Err(error) if sqlite_code(&error) == Some(11) => {
                Err(ConnectError::Damaged { location: location(), reason: reason(&error) })
            }
            Err(error) => Err(ConnectError::Other { location: location(), reason: reason(&error) }),
        }
    }

    async fn find_damage(&self) -> Result<Option<String>, DbErr> {
        for check in [CHECK, CHECK_KEYS] {
            let statement = Statement::from_string(DbBackend::Sqlite, check);
            if let Some(row) = self.db().query_one_raw(statement).await? {
                let found: String = row.try_get_by_index(0)?;
                if found != "ok" {
                    return Ok(Some(found.split_whitespace().take(12).collect::<Vec<_>>().join(" ")));
                }
            }
        }
        Ok(None)
    }

    /// Empties SQLite's log, which keeps pages as they were before: also what was deleted from them.
    pub async fn empty_log(&self) {
        if self.db().get_database_backend() != DbBackend::Sqlite {
            return;
        }
        let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let emptied = match self.db().query_one_raw(statement).await {
            Ok(Some(row)) => row.try_get_by_index::<i64>(0).map(|busy| busy == 0),
            Ok(None) => Ok(true),
            Err(error) => Err(error),
        };
        match emptied {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the database's log is read by somebody, and still holds what was deleted"),
            Err(error) => tracing::warn!(error = %reason(&error), "the database's log could not be emptied"),
        }
    }
}
