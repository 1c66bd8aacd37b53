//! Everything that does I/O: the store, the conversation with mail servers, and the use cases that the pages call.
//! Names neither leptos nor axum.
//!
//! [`Backend`] is all that the outside needs. Every use case takes the [`model::Actor`] who asks first and answers with
//! what was asked for or a [`model::Problem`], in words for that person.

#![deny(missing_docs)]

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use model::Problem;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

mod accounts;
mod audit;
pub mod backup;
mod client;
mod clock;
mod clock_check;
pub mod config;
mod conflict;
mod connectors;
mod credentials;
mod email_html;
pub mod error;
mod existing;
mod explain;
mod export;
mod footer;
mod formula_guard;
mod hash_queue;
mod import;
mod kept_forms;
mod key_management;
mod known_device;
mod login_throttle;
mod maintenance;
pub mod message;
mod networks;
mod notes;
mod paging;
mod password;
mod preferences;
mod restore;
mod retention;
mod schedules;
mod secret_references;
mod secrets;
mod sessions;
mod target;
#[cfg(test)]
mod test_database;
mod test_rate_limit;
mod test_sends;
mod turns;
mod undo;
mod users;
mod views;

pub use client::{Client, ClientAddress};
pub use config::{Config, machine_name};
pub use credentials::TypedSecret;
pub use diagnosis::{PASTED_OCTETS, diagnose, explain};
pub use email_html::sanitized_html;
pub use error::OpenError;
pub use export::{ByteOrderMark, Export, FileOptions, Print};
pub use import::{IMPORT_OCTETS, Import, command_line};
pub use kept_forms::{KEPT_OCTETS, SaveFormOutcome};
pub use key_management::{Checked, Forgotten, Rotated, Rotation};
pub use known_device::DEVICE_SECONDS;
pub use model::Cell;
pub use schedules::{DayBudget, ReportLimits, RunFile};
pub use secrecy::SecretString;
pub use secret_references::{PermittedDestination, ReferenceRules};
pub use sessions::{FoundSession, SessionLimits};
pub use smtp::ProgressReader;
pub use store::{ConnectError, Database};
pub use test_sends::{Applied, StartedTest, TestOf};
pub use users::{ListedUser, ProvenUser};
pub use vault::{KeySource, VaultError};

/// An open Posthouse. Cloning it is cheap; all clones are the same one.
#[derive(Clone)]
pub struct Backend {
    inner: Arc<Inner>,
}

struct Inner {
    store: store::Store,
    passwords: password::Passwords,
    /// Told when the first administrator is registered.
    set_up: Notify,
    /// How many attempts to sign in were counted since the start.
    login_attempts: AtomicU64,
    hello_name: String,
    test_limits: smtp::StageLimits,
    schedule_limits: smtp::StageLimits,
    /// One permit for each test send that runs.
    test_sends: Arc<Semaphore>,
    running: test_sends::Running,
    batches: test_sends::Batches,
    test_rate_limit: test_rate_limit::TestRateLimit,
    dns: Option<std::net::SocketAddr>,
    networks: model::ConfiguredNetworks,
    /// One permit for each export that is written.
    exports: Semaphore,
    downloads: turns::Turns,
    imports: turns::Turns,
    maintenance: maintenance::Maintenance,
    /// How long test sends are kept, in microseconds.
    tests_kept: i64,
    clock_check: clock_check::ClockCheck,
    reports: ReportLimits,
    planner: schedules::Planner,
    vault: vault::Vault,
    references: ReferenceRules,
    session_limits: sessions::SessionLimits,
    note_key: notes::NoteKey,
    /// When a stop began.
    stop: OnceLock<Instant>,
}

/// How long a stop waits for mail servers: with room to spare within what the systemd unit in `deploy/` gives it.
const STOP_WAIT: Duration = Duration::from_secs(120);
/// How long it then waits for the tests that it cancelled.
const CANCEL_WAIT: Duration = Duration::from_secs(10);

/// What a server that is ready has to say all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Sentences for whoever runs it.
    pub warnings: Vec<String>,
}

impl Backend {
    /// Opens the database, made if it is a file that is missing, brings its tables up to date, and opens the vault.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let store = store::Store::open(&config.store_options()).await?;
        let references = config.references.clone().protecting(&config.database, config.vault.as_ref());
        let Config {
            database: _,
            database_password: _,
            hello_name,
            test_limits,
            schedule_limits,
            store_limit: _,
            vault,
            references: _,
            run_lease,
            tests_per_minute,
            tests_kept_days,
            dns,
            session_limits,
            networks,
            reports,
        } = config;
        let vault = match vault {
            Some(source) => key_management::open_vault(&store, source).await?,
            None => vault::Vault::default(),
        };
        let note_key = notes::NoteKey::of(&store).await;
        let inner = Inner {
            maintenance: maintenance::Maintenance::default(),
            clock_check: clock_check::ClockCheck::default(),
            reports,
            tests_kept: i64::from(tests_kept_days) * model::moment::DAY,
            store,
            planner: schedules::Planner::new(run_lease),
            passwords: password::Passwords::default(),
            set_up: Notify::new(),
            login_attempts: AtomicU64::default(),
            hello_name,
            test_limits,
            schedule_limits,
            vault,
            references,
            test_sends: Arc::new(Semaphore::new(test_sends::AT_ONCE)),
            running: test_sends::Running::default(),
            batches: test_sends::Batches::default(),
            test_rate_limit: test_rate_limit::TestRateLimit::new(tests_per_minute),
            dns,
            networks,
            exports: Semaphore::new(export::AT_ONCE),
            session_limits,
            note_key,
            downloads: export::downloads(),
            imports: import::turns(),
            stop: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Brings the tables up to date and does nothing else.
    pub async fn migrate(config: &Config) -> Result<(), OpenError> {
        let store = store::Store::open(&config.store_options()).await?;
        store.close().await;
        Ok(())
    }

    /// Looks whether the database's file is whole, before anything is written to it. A server does so at its start, and
    /// so do commands that write; PostgreSQL does it by itself.
    pub async fn check_integrity(config: &Config) -> Result<(), OpenError> {
        Ok(store::Store::check_integrity(&config.store_options()).await?)
    }

    /// Whether the database answers, now and quickly, and the clock has not gone back: schedules would be silent.
    pub async fn ready(&self) -> Result<Readiness, Problem> {
        self.inner.store.ping().await?;
        let clock = self.inner.clock_check.clock();
        match (clock, clock.warning()) {
            (clock_check::Clock::Behind { .. }, Some(warning)) => Err(Problem::Unavailable(warning)),
            (_, warning) => Ok(Readiness { warnings: warning.into_iter().collect() }),
        }
    }

    /// A stop begins: tests that a mail server keeps waiting are cancelled after a while, so that whoever watches them
    /// does not hold it up.
    pub fn begin_stop(&self) {
        let (backend, end) = (self.clone(), self.stop_ends());
        tokio::spawn(async move {
            sleep_until(end).await;
            backend.inner.running.cancel_all();
        });
    }

    /// When a stop, which begins now if it did not yet, waits for mail servers no more.
    fn stop_ends(&self) -> Instant {
        *self.inner.stop.get_or_init(Instant::now) + STOP_WAIT
    }

    /// Waits for the test sends and the scheduled reports that run, then closes the database. What is asked for later
    /// is refused. What a mail server keeps waiting for too long is broken off: tests are cancelled, and what becomes
    /// of reports is decided when their leases expire.
    pub async fn close(&self) {
        self.inner.maintenance.end();
        // All permits at once are there when nothing runs. An error would mean that it was closed before.
        let no_tests = || self.inner.test_sends.acquire_many(test_sends::AT_ONCE as u32);
        let idle = async {
            self.inner.planner.end().await;
            let _idle = no_tests().await;
        };
        if timeout_at(self.stop_ends(), idle).await.is_err() {
            tracing::warn!("a mail server does not answer: what waits for it is broken off");
            self.inner.running.cancel_all();
            // Those whose message was handed over go on; they are found to be lost later.
            let _idle = timeout(CANCEL_WAIT, no_tests()).await;
        }
        self.inner.exports.close();
        self.inner.test_sends.close();
        self.inner.store.close().await;
    }

    fn store(&self) -> &store::Store {
        &self.inner.store
    }
}
