//! What is forgotten in time: sessions that ended, files that were not imported or that schedules sent, accounts and
//! other records deleted 30 days ago, tests and changes that are old.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::clock::{DAY, before, now};
use crate::retention;
use crate::store::{Store, accounts, deleted, imports, runs, sessions};

const EVERY: Duration = Duration::from_secs(60 * 60);

/// How long it is kept that a schedule ran.
const RUNS_KEPT: i64 = 366 * DAY;

/// Runs once an hour until it is ended or dropped.
pub struct Upkeep(JoinHandle<()>);

impl Upkeep {
    /// `tests_kept` is how long test sends are kept, in microseconds.
    pub fn begin(store: Store, tests_kept: i64) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                run(&store, tests_kept).await;
            }
        }))
    }

    pub fn end(&self) {
        self.0.abort();
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.end();
    }
}

/// Forgets what is due. What fails is due again next time.
pub async fn run(store: &Store, tests_kept: i64) {
    let now = now();
    match retention::run(store, now, tests_kept).await {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, "forgot old tests and changes"),
        Err(problem) => tracing::warn!(problem = %problem, "could not forget old tests and changes"),
    }
    let forget = |tx| async move {
        let ended = sessions::purge(&tx, now).await?;
        imports::purge(&tx, now).await?;
        let reports = runs::purge(&tx, now, before(now, RUNS_KEPT)).await?;
        // Under the lock of accounts: somebody may be restoring one.
        accounts::lock(&tx).await?;
        let deleted = accounts::purge(&tx, now).await?;
        let records = deleted::purge(&tx, now).await?;
        Ok((tx, (ended, deleted, records, reports)))
    };
    match store.write(forget).await {
        Ok((0, 0, 0, 0)) => {}
        Ok((ended, deleted, records, reports)) => {
            tracing::info!(sessions = ended, accounts = deleted, records, reports, "forgot what was due")
        }
        Err(problem) => tracing::warn!(problem = %problem, "could not forget what is due"),
    }
}
