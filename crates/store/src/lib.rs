//! The store: the only place that names sea-orm. One code path for SQLite and PostgreSQL.

#![deny(missing_docs)]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::Problem;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, IsolationLevel, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::audit::{Event, Outcome};

mod account_references;
pub mod accounts;
pub mod audit;
pub mod batches;
pub mod cells;
pub mod changes;
mod connect;
mod connect_error;
pub mod connectors;
pub mod credentials;
pub mod deleted;
mod driver_error;
mod dump;
pub mod entity;
mod error;
pub mod footer;
pub mod imported;
pub mod imports;
mod integrity;
pub mod kept_forms;
pub mod known_devices;
pub mod login_counters;
mod migrate;
pub mod networks;
mod options;
mod planned_schedules;
pub mod query;
mod records;
pub mod replacement;
pub mod report_usage;
pub mod retention;
mod run_files;
pub mod runs;
pub mod schedules;
pub mod secrets;
pub mod sessions;
pub mod settings;
mod stopped_schedules;
mod table_layout;
pub mod test_sends;
pub mod users;
pub mod vault_state;
pub mod views;

pub use connect::Sharing;
pub use connect_error::ConnectError;
pub use error::{StoreError, Unique, chain};
pub use options::{Database, StoreOptions};
pub use records::not_deleted;
/// What reads: a transaction, or the database itself.
pub use sea_orm::ConnectionTrait as Connection;
/// What is read or written within a transaction.
pub use sea_orm::DatabaseTransaction as Transaction;

/// Connections at most, for each server.
const CONNECTIONS: u32 = 8;
/// Transactions that write at the same time. SQLite has one writer: the others wait here, first come, first served,
/// rather than each with a connection that readers want.
const POSTGRES_WRITERS: usize = 4;
/// How often a transaction is attempted that collides with others.
const ATTEMPTS: usize = 5;

/// An open database.
#[derive(Clone)]
pub struct Store {
    db: DatabaseConnection,
    writers: Arc<Semaphore>,
    /// How long one step may take.
    limit: Duration,
}

/// A transaction that writes. Dropped without a commit, it changes nothing.
///
/// The work on it owns it: a closure whose future borrows its argument cannot be required to be `Send` on stable Rust.
/// The store keeps another handle, and commits once that of the work is gone.
pub struct WriteTx(Arc<OpenTx>);

struct OpenTx {
    tx: Transaction,
    /// What is recorded of it once it is committed.
    events: Mutex<Vec<Event>>,
    _turn: OwnedSemaphorePermit,
}

impl WriteTx {
    /// What its statements run on.
    pub fn db(&self) -> &Transaction {
        &self.0.tx
    }

    fn into_open(self) -> Result<OpenTx, StoreError> {
        let in_use = || DbErr::Custom("a transaction is still in use when its work has ended".to_owned());
        Ok(Arc::into_inner(self.0).ok_or_else(in_use)?)
    }

    /// Adds an event of this transaction, which is recorded if it is committed.
    pub fn audit(&self, event: Event) {
        self.0.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Adds an event that stands for all of this transaction: a file of 10,000 accounts is one import.
    pub fn audit_as_one(&self, event: Event) {
        *self.0.events.lock().unwrap_or_else(PoisonError::into_inner) = vec![event];
    }
}

/// A transaction that reads the database as of one moment, locks nothing and changes nothing.
pub struct Snapshot(Transaction);

impl Snapshot {
    /// What its statements run on.
    pub fn db(&self) -> &Transaction {
        &self.0
    }
}

impl Store {
    fn new(db: DatabaseConnection, limit: Duration) -> Self {
        let writers = match db.get_database_backend() {
            DbBackend::Postgres => POSTGRES_WRITERS,
            _ => 1,
        };
        Self { db, writers: Arc::new(Semaphore::new(writers)), limit }
    }

    /// The database outside of a transaction: each statement stands for itself.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Runs what only reads, within the time limit.
    pub async fn read<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, Problem> {
        within(self.limit.saturating_mul(2), work).await.map_err(Problem::from)
    }

    /// Runs what reads the database as of one moment, however long others write meanwhile.
    pub async fn snapshot<T, F>(&self, work: impl FnOnce(Snapshot) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        self.read(async { work(self.begin_snapshot().await?).await }).await
    }

    async fn begin_snapshot(&self) -> Result<Snapshot, StoreError> {
        let options = match self.db.get_database_backend() {
            DbBackend::Postgres => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
            _ => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
                ..TransactionOptions::default()
            },
        };
        Ok(Snapshot(self.db.begin_with_options(options).await?))
    }

    /// Runs one transaction, and commits it if `work` succeeds. Retried when it collided with another one.
    pub async fn write<T, F>(&self, work: impl Fn(WriteTx) -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.write_once(&work).await {
                Err(StoreError::Collided(error)) if attempts < ATTEMPTS => {
                    tracing::debug!(error = %error, "transactions collided; retrying");
                }
                Err(fault) => return Err(fault.into()),
                Ok(value) => return Ok(value),
            }
        }
    }

    async fn write_once<T, F>(&self, work: &impl Fn(WriteTx) -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let turn =
            async { Arc::clone(&self.writers).acquire_owned().await.map_err(|e| StoreError::NoAnswer(e.to_string())) };
        let turn = within(self.limit, turn).await?;
        // Beyond the wait for a lock, which the database itself ends at `limit`.
        let (write, value) = within(self.limit.saturating_mul(2), async {
            let write = self.begin(turn).await?;
            let value = work(WriteTx(Arc::clone(&write.0))).await?;
            Ok((write, value))
        })
        .await?;
        let OpenTx { tx, events, _turn } = write.into_open()?;
        let commit = async { tx.commit().await.map_err(StoreError::from) };
        let committed = within(self.limit.saturating_mul(2), commit).await;
        let is_unknown = matches!(committed, Err(StoreError::NoAnswer(_)));
        for event in events.into_inner().unwrap_or_else(PoisonError::into_inner) {
            match (&committed, is_unknown) {
                (Ok(()), _) => event.record(),
                (Err(_), true) => event.ended(Outcome::Unknown).record(),
                (Err(_), false) => {}
            }
        }
        committed.map_err(|fault| match fault {
            // A commit that was sent and not answered can have happened: the usual words would not be true.
            StoreError::NoAnswer(cause) if self.db.get_database_backend() == DbBackend::Postgres => {
                tracing::warn!(error = %cause, "a commit was not answered");
                StoreError::Problem(Problem::Unavailable(
                    "The database did not answer in time. Look whether the change was kept before you try again."
                        .to_owned(),
                ))
            }
            other => other,
        })?;
        Ok(value)
    }

    async fn begin(&self, turn: OwnedSemaphorePermit) -> Result<WriteTx, StoreError> {
        // A SQLite transaction that begins by reading fails when another one wrote before its first write.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.db.begin_with_options(options).await?;
        Ok(WriteTx(Arc::new(OpenTx { tx, events: Mutex::default(), _turn: turn })))
    }

    /// Whether the database answers now.
    pub async fn ping(&self) -> Result<(), Problem> {
        let ping = async {
            self.db.execute_unprepared("SELECT 1").await?;
            Ok(())
        };
        within(self.limit.min(Duration::from_secs(2)), ping).await.map_err(Problem::from)
    }

    /// Waits for what runs, then closes every connection.
    pub async fn close(&self) {
        let close = async { Ok(self.db.close_by_ref().await?) };
        if let Err(fault) = within(self.limit, close).await {
            tracing::warn!(fault = ?fault, "the database did not close well");
        }
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match timeout(limit, work).await {
        Ok(result) => result,
        Err(_) => Err(StoreError::NoAnswer(format!("no answer within {limit:?}"))),
    }
}
