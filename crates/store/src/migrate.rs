//! Bringing the tables up to date: all changes in one transaction, and one program at a time.

use std::time::Duration;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::driver_error::{reason, sqlite_code, sqlx_error};
use crate::ConnectError;

/// The key of the lock that programs take before they change tables: "post" in ASCII.
pub(super) const LOCK: i64 = 0x706F_7374;
/// Changes over many rows take longer than any other statement.
const MINUTES_AT_MOST: u64 = 10;

/// Runs the pending changes, if there are any.
pub async fn run(db: &DatabaseConnection, location: &str, limit: Duration) -> Result<(), ConnectError> {
    let work = tokio::time::timeout(Duration::from_secs(60 * MINUTES_AT_MOST), up(db));
    let error = match work.await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(Stop::Newer(change))) => return Err(ConnectError::Newer { location: location.to_owned(), change }),
        Ok(Err(Stop::Error(error))) => error,
        Err(_) => DbErr::Custom(format!("it took more than {MINUTES_AT_MOST} minutes")),
    };
    let location = location.to_owned();
    Err(match (sqlite_code(&error), reason(&error)) {
        (Some(5 | 6), _) => ConnectError::Locked { location, seconds: limit.as_secs_f64() },
        (Some(8 | 14), reason) => ConnectError::Unwritable { path: location.into(), reason },
        (Some(11 | 26), reason) => ConnectError::BadFile { path: location.into(), reason },
        (None, reason) if reason.contains("pg_trgm") => ConnectError::NoTrigrams { location, reason },
        (None, _) if is_lock_timeout(&error) => ConnectError::Locked { location, seconds: limit.as_secs_f64() },
        (_, reason) => ConnectError::Migration { location, reason },
    })
}

enum Stop {
    Newer(String),
    Error(DbErr),
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Error(error)
    }
}

async fn up(db: &DatabaseConnection) -> Result<(), Stop> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let tx = db.begin_with_options(options).await?;
    if tx.get_database_backend() == DbBackend::Postgres {
        let settings =
            format!("SET LOCAL statement_timeout = '{MINUTES_AT_MOST}min'; SELECT pg_advisory_xact_lock({LOCK})");
        tx.execute_unprepared(&settings).await?;
    }
    let known: Vec<_> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    let applied = Migrator::get_migration_models(&tx).await?;
    if let Some(newer) = applied.iter().find(|change| !known.contains(&change.version)) {
        return Err(Stop::Newer(newer.version.clone()));
    }
    Migrator::up(&tx, None).await?;
    Ok(tx.commit().await?)
}

fn is_lock_timeout(error: &DbErr) -> bool {
    matches!(sqlx_error(error), Some(sea_orm::sqlx::Error::Database(refusal)) if refusal.code().as_deref() == Some("55P03"))
}
