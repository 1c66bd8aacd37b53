//! What a backend is opened with.

use std::net::SocketAddr;
use std::time::Duration;

use model::ConfiguredNetworks;
use secrecy::SecretString;
use smtp::StageLimits;
use store::{Database, StoreOptions};
use vault::KeySource;

use crate::ReportLimits;
use crate::secret_references::ReferenceRules;
use crate::sessions::SessionLimits;

/// What a backend is opened with: the database, the vault, and the limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// SQLite or PostgreSQL, and where.
    pub database: Database,
    /// The password of PostgreSQL's user, where it does not stand in the URL.
    pub database_password: Option<SecretString>,
    /// How Posthouse introduces itself to mail servers: the name in EHLO and in Message-ID.
    pub hello_name: String,
    /// How long a mail server is waited for in a test, and in a check of a connector.
    pub test_limits: StageLimits,
    /// How long it is waited for where a scheduled report is sent.
    pub schedule_limits: StageLimits,
    /// How long the database may take to answer, or to be free.
    pub store_limit: Duration,
    /// Where the vault's key is; None where no secret is sealed or opened, as in `posthouse user add`.
    pub vault: Option<KeySource>,
    /// What references of the kinds `env:` and `file:` may name, and where what they name may go.
    pub references: ReferenceRules,
    /// How long the lease of a scheduled run lasts: a server that does not renew it loses the run to another one.
    pub run_lease: Duration,
    /// How many tests one person may begin within a minute.
    pub tests_per_minute: u32,
    /// How many days test sends, and tests and changes of several accounts, are kept. The newest test of an account is
    /// kept for as long as the account.
    pub tests_kept_days: u32,
    /// The DNS server that looks mail servers and proxies up; None for those of the machine.
    pub dns: Option<SocketAddr>,
    /// How long sessions last.
    pub session_limits: SessionLimits,
    /// The networks that are connected to, whatever stands on the page.
    pub networks: ConfiguredNetworks,
    /// Who may receive scheduled reports, and how many there may be.
    pub reports: ReportLimits,
}

/// How long the database may take.
const STORE_LIMIT: Duration = Duration::from_secs(10);

/// How long a lease is valid. A database that hangs for less costs a healthy server none of its runs.
const RUN_LEASE: Duration = Duration::from_secs(60);

/// More than a person presses, less than a machine would.
const TESTS_PER_MINUTE: u32 = 30;

/// A year, and some weeks to look back at it.
const TESTS_KEPT_DAYS: u32 = 400;

impl Config {
    /// What the store is opened with.
    pub fn store_options(&self) -> StoreOptions {
        StoreOptions {
            database: self.database.clone(),
            password: self.database_password.clone(),
            limit: self.store_limit,
        }
    }

    /// With the usual limits, and without the vault.
    pub fn new(database: Database, hello_name: impl Into<String>) -> Self {
        let hello_name = hello_name.into();
        Self {
            database,
            database_password: None,
            hello_name,
            test_limits: StageLimits::interactive(),
            schedule_limits: StageLimits::unattended(),
            store_limit: STORE_LIMIT,
            vault: None,
            references: ReferenceRules::default(),
            run_lease: RUN_LEASE,
            tests_per_minute: TESTS_PER_MINUTE,
            tests_kept_days: TESTS_KEPT_DAYS,
            dns: None,
            session_limits: SessionLimits::default(),
            networks: ConfiguredNetworks::default(),
            reports: ReportLimits::default(),
        }
    }
}

/// The machine's name, for EHLO where no better one is known; its address in brackets where it has none
/// (RFC 5321, section 4.1.3).
pub fn machine_name() -> String {
    lettre::transport::smtp::extension::ClientId::default().to_string()
}
