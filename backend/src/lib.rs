//! Everything that does I/O: the store, the conversation with mail servers, and the use cases that the pages call.
//! Names neither leptos nor axum.
//!
//! [`Backend`] is all that the outside needs. Every use case takes the [`model::Actor`] who asks first and answers with
//! what was asked for or a [`model::Problem`], in words for that person.

use std::sync::Arc;

use model::Problem;
use tokio::sync::Semaphore;

mod accounts;
pub mod backup;
mod clock;
pub mod config;
mod connectors;
mod credentials;
mod diagnosis;
pub mod error;
mod export;
mod fields;
mod footer;
mod hex;
mod hosts;
mod import;
pub mod message;
mod networks;
mod pace;
mod paging;
mod password;
mod preferences;
mod restore;
mod retention;
mod schedules;
mod sessions;
pub mod smtp;
mod store;
mod test_sends;
mod tries;
mod upkeep;
mod users;
pub mod vault;
mod views;

pub use accounts::Applied;
pub use config::{Config, Database, machine_name};
pub use credentials::TypedSecret;
pub use diagnosis::{Explained, PASTED_OCTETS, diagnose, explain};
pub use error::OpenError;
pub use export::{Cell, Export, Print};
pub use import::{IMPORT_OCTETS, Import, command_line};
pub use schedules::RunFile;
pub use secrecy::SecretString;
pub use store::plan::{BareError, BareExport, BareList};
pub use test_sends::{BegunTest, TestOf};

/// An open Posthouse. Cloning it is cheap; all clones are the same one.
#[derive(Clone)]
pub struct Backend {
    inner: Arc<Inner>,
}

struct Inner {
    store: store::Store,
    passwords: password::Passwords,
    tries: tries::Tries,
    hello_name: String,
    limits: smtp::Limits,
    /// One permit for each test send that runs.
    test_sends: Arc<Semaphore>,
    running: test_sends::Running,
    batches: test_sends::Batches,
    pace: pace::Pace,
    dns: Option<std::net::SocketAddr>,
    /// One permit for each export that runs.
    exports: Semaphore,
    upkeep: upkeep::Upkeep,
    planner: schedules::Planner,
    vault: vault::Vault,
    secrets_dir: Option<std::path::PathBuf>,
}

impl Backend {
    /// Opens the database, made if it is a file that is missing, brings its tables up to date, and opens the vault.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let store = store::Store::open(&config).await?;
        let Config {
            database: _,
            hello_name,
            limits,
            store_limit: _,
            vault,
            secrets_dir,
            run_hold,
            tests_per_minute,
            tests_kept_days,
            dns,
        } = config;
        let vault = match vault {
            Some(source) => vault::Vault::open(&store, source).await?,
            None => vault::Vault::default(),
        };
        let tests_kept = i64::from(tests_kept_days) * clock::DAY;
        upkeep::run(&store, tests_kept).await;
        let inner = Inner {
            upkeep: upkeep::Upkeep::begin(store.clone(), tests_kept),
            store,
            planner: schedules::Planner::new(run_hold),
            passwords: password::Passwords::default(),
            tries: tries::Tries::default(),
            hello_name,
            limits,
            vault,
            secrets_dir,
            test_sends: Arc::new(Semaphore::new(test_sends::AT_ONCE)),
            running: test_sends::Running::default(),
            batches: test_sends::Batches::default(),
            pace: pace::Pace::new(tests_per_minute),
            dns,
            exports: Semaphore::new(export::AT_ONCE),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Brings the tables up to date and does nothing else.
    pub async fn migrate(config: &Config) -> Result<(), OpenError> {
        let store = store::Store::open(config).await?;
        store.close().await;
        Ok(())
    }

    /// Looks whether the database's file is whole, before anything is written to it. A server does so at its start;
    /// PostgreSQL does it by itself.
    pub async fn check_integrity(config: &Config) -> Result<(), OpenError> {
        store::Store::check_integrity(config).await
    }

    /// Whether the database answers, now and quickly.
    pub async fn ready(&self) -> Result<(), Problem> {
        self.inner.store.ping().await
    }

    /// Waits for the test sends that run, then closes the database. What is asked for later is refused.
    pub async fn close(&self) {
        self.inner.upkeep.end();
        self.inner.planner.end().await;
        self.inner.exports.close();
        // All permits at once are there when nothing runs. An error would mean that it was closed before.
        let _idle = self.inner.test_sends.acquire_many(test_sends::AT_ONCE as u32).await;
        self.inner.test_sends.close();
        self.inner.store.close().await;
    }

    fn store(&self) -> &store::Store {
        &self.inner.store
    }
}
