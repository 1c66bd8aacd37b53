//! Other contents in the place of everything that a database holds: what a restored backup is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use migrations::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value as Json;

use super::migrate::LOCK;
pub use super::table_layout::{ColumnLayout, TableLayout};
use super::table_layout::{TableKind, all_tables, count, tables};
use super::{Store, StoreError, WriteTx};

/// Values of one statement; SQLite takes 32,766.
const VALUES: usize = 30_000;
/// Rows of one statement.
const ROWS: usize = 500;

/// A transaction that puts other contents in the place of everything that the database holds.
pub struct Replacement(WriteTx);

impl Store {
    /// Begins one. None where another Posthouse has the database open, and keeps it so for as long as the time limit.
    pub async fn replacement(&self, limit: Duration) -> Result<Option<Replacement>, StoreError> {
        let turn = Arc::clone(&self.writers).acquire_owned().await.map_err(|e| StoreError::NoAnswer(e.to_string()))?;
        let write = self.begin(turn).await?;
        if write.db().get_database_backend() != DbBackend::Postgres {
            // The file is locked.
            return Ok(Some(Replacement(write)));
        }
        // Whoever starts now waits for the lock until this transaction has ended.
        let lock = format!("SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})");
        write.db().execute_unprepared(&lock).await?;
        let started = Instant::now();
        while count(write.db(), OTHER_CONNECTIONS).await? > 0 {
            if started.elapsed() > limit {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Some(Replacement(write)))
    }
}

const OTHER_CONNECTIONS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND application_name = 'posthouse' AND pid <> pg_backend_pid()";

impl Replacement {
    /// The transaction, for what else belongs to it.
    pub fn write(&self) -> &WriteTx {
        &self.0
    }

    /// Whether somebody kept something in the database; what the changes of the tables wrote themselves is nothing.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let db = self.0.db();
        for table in tables(db).await?.iter().filter(|table| table.last_number.is_some()) {
            if count(db, &format!("SELECT COUNT(*) FROM \"{}\"", table.name)).await? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Drops every table, and makes them anew by the first changes, as many as these.
    pub async fn clear(&self, changes: usize) -> Result<(), StoreError> {
        let db = self.0.db();
        for table in
            all_tables(db, TableKind::Virtual).await?.into_iter().chain(all_tables(db, TableKind::Plain).await?)
        {
            let cascade = match db.get_database_backend() {
                DbBackend::Postgres => " CASCADE",
                _ => "",
            };
            db.execute_unprepared(&format!("DROP TABLE \"{table}\"{cascade}")).await?;
        }
        let changes = u32::try_from(changes).unwrap_or(u32::MAX);
        Ok(Migrator::up(db, Some(changes)).await?)
    }

    /// The tables that are there now.
    pub async fn tables(&self) -> Result<Vec<TableLayout>, StoreError> {
        tables(self.0.db()).await
    }

    /// Empties a table of what the changes of the tables wrote.
    pub async fn empty(&self, table: &TableLayout) -> Result<(), StoreError> {
        self.0.db().execute_unprepared(&format!("DELETE FROM \"{}\"", table.name)).await?;
        Ok(())
    }

    /// Adds rows, each with a value for each of these columns. False if they do not fit.
    pub async fn insert(
        &self,
        table: &TableLayout,
        columns: &[ColumnLayout],
        rows: &[Vec<Json>],
    ) -> Result<bool, StoreError> {
        for some in rows.chunks((VALUES / columns.len().max(1)).clamp(1, ROWS)) {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(&table.name));
            insert.columns(columns.iter().map(|column| Alias::new(&column.name)));
            for row in some {
                let values: Option<Vec<_>> =
                    columns.iter().zip(row).map(|(column, json)| column.kind.value(json)).collect();
                let Some(values) = values else { return Ok(false) };
                if insert.values(values.into_iter().map(Expr::value)).is_err() {
                    return Ok(false);
                }
            }
            self.0.db().execute(&insert).await?;
        }
        Ok(true)
    }

    /// The next row of a table gets a number after this one, and after those that are there.
    pub async fn number_after(&self, table: &TableLayout, last: i64) -> Result<(), StoreError> {
        let (db, name) = (self.0.db(), &table.name);
        let last = last.max(count(db, &format!("SELECT COALESCE(MAX(id), 0) FROM \"{name}\"")).await?);
        let statement = match db.get_database_backend() {
            DbBackend::Postgres => format!("ALTER TABLE \"{name}\" ALTER COLUMN id RESTART WITH {}", last + 1),
            _ => format!(
                "DELETE FROM sqlite_sequence WHERE name = '{name}';
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {last})"
            ),
        };
        db.execute_unprepared(&statement).await?;
        Ok(())
    }

    /// Makes the changes of tables that came after those of the contents.
    pub async fn bring_up_to_date(&self) -> Result<(), StoreError> {
        Ok(Migrator::up(self.0.db(), None).await?)
    }

    /// Keeps all that was replaced.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.into_open()?.tx.commit().await?)
    }
}

/// The names of all changes of tables that this program knows, in their order.
pub fn known_changes() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}
