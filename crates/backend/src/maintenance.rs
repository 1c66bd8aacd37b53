//! What servers do by themselves, besides schedules. Each minute they check the clock. Each hour they forget what is
//! due: sessions that ended, files that were not imported or that schedules sent, accounts and other records deleted 30
//! days ago, what accounts were before an import that old, and tests and changes that are old.
//!
//! Only `posthouse serve` does, and nothing is forgotten by a clock that may be wrong.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::moment::DAY;
use model::{Moment, Origin, Problem};
use store::audit::{Action, Event, Resource};
use store::settings::{self, SeenTime};
use store::{Store, WriteTx, accounts, deleted, imported, imports, report_usage, runs, sessions};
use tokio::task::JoinHandle;

use crate::audit::from_command;
use crate::clock::now;
use crate::clock_check::{Clock, ClockCheck, ClockReading};
use crate::{Backend, known_device, login_throttle, retention};

const EVERY: Duration = Duration::from_secs(60);
/// What is due is deleted once in so many checks of the clock: hourly.
const FORGET_EVERY: u64 = 60;

/// How long it is kept that a schedule ran.
const RUNS_KEPT: i64 = 366 * DAY;
/// How many days the daily counters of sent messages are kept.
const USAGE_KEPT: i64 = 7;

/// The task that does it, once it was begun.
#[derive(Default)]
pub struct Maintenance(Mutex<Option<JoinHandle<()>>>);

impl Maintenance {
    fn begin(&self, task: JoinHandle<()>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    pub fn end(&self) {
        if let Some(task) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }
}

impl Backend {
    /// Does once what is due, and from then on until the backend is closed. What fails is due again next time.
    pub async fn begin_maintenance(&self) {
        let log_failure = |done: Result<(), Problem>| {
            if let Err(problem) = done {
                tracing::warn!(%problem, "could not do what is due");
            }
        };
        log_failure(self.maintain_at(now(), Duration::ZERO).await);
        let backend = self.clone();
        let task = async move {
            for minute in 1_u64.. {
                tokio::time::sleep(EVERY).await;
                let check = &backend.inner.clock_check;
                let (now, ran) = (now(), check.ran());
                // A clock that was set is what schedules and leases are to be held against at once.
                let is_due = check.was_set(now) || minute.is_multiple_of(FORGET_EVERY);
                log_failure(if is_due {
                    backend.maintain_at(now, ran).await
                } else {
                    backend.check_clock(now, ran).await.map(|_| ())
                });
            }
        };
        self.inner.maintenance.begin(tokio::spawn(task));
    }

    /// Checks the clock and, where it is right, forgets what is due and sets schedules right: what
    /// [`Self::begin_maintenance`] does each hour, with a clock of one's own. `ran` is how long it is since the last
    /// time.
    pub async fn maintain_at(&self, now: Moment, ran: Duration) -> Result<(), Problem> {
        if self.check_clock(now, ran).await? == Clock::Right {
            forget(self.store(), now).await?;
            forget_old_tests(self.store(), now, self.inner.tests_kept).await?;
            self.reschedule_after_clock_change(now).await?;
        }
        Ok(())
    }

    /// Accepts the clock as right, whatever was seen before.
    pub async fn accept_clock(&self) -> Result<(), Problem> {
        let seen = SeenTime { latest: Some(now()), doubtful: None };
        let keep = move |tx: WriteTx| async move {
            settings::keep_seen_time(&tx, seen).await?;
            tx.audit(Event::from(&from_command(), Action::AcceptClock));
            Ok(())
        };
        self.store().write(keep).await
    }

    async fn check_clock(&self, now: Moment, ran: Duration) -> Result<Clock, Problem> {
        let assess = move |tx: WriteTx| async move {
            let ClockReading { seen, clock } = ClockCheck::assess(settings::seen_time(&tx).await?, now, ran);
            settings::keep_seen_time(&tx, seen).await?;
            Ok(clock)
        };
        let clock = self.store().write(assess).await?;
        if self.inner.clock_check.keep(clock, now) {
            match clock.warning() {
                Some(warning) => tracing::warn!("{warning}"),
                None => tracing::info!("the clock is right again"),
            }
        }
        Ok(clock)
    }
}

/// Forgets what is due.
async fn forget(store: &Store, now: Moment) -> Result<(), Problem> {
    let forget = |tx| async move {
        let ended = sessions::purge(&tx, now).await?;
        imports::purge(&tx, now).await?;
        imported::purge(&tx, now).await?;
        login_throttle::purge(&tx, now).await?;
        known_device::purge(&tx, now).await?;
        report_usage::purge(&tx, now.0 / DAY - USAGE_KEPT).await?;
        let reports = runs::purge(&tx, now, now.minus(RUNS_KEPT)).await?;
        // Under the lock of accounts: somebody may be restoring one.
        accounts::lock(&tx).await?;
        let accounts = accounts::purge(&tx, now).await?;
        let records = deleted::purge(&tx, now).await?;
        if accounts + records > 0 {
            let event = Event::from(&Origin::Server, Action::Purge).on(Resource::Database);
            tx.audit(event.detail(format_args!("accounts: {accounts}, other records: {records}")));
        }
        Ok((ended, accounts, records, reports))
    };
    let (ended, accounts, records, reports) = store.write(forget).await?;
    if ended + accounts + records + reports > 0 {
        tracing::info!(sessions = ended, accounts, records, reports, "forgot what was due");
    }
    Ok(())
}

/// Forgets tests and changes that were kept for this long, in microseconds.
async fn forget_old_tests(store: &Store, now: Moment, kept: i64) -> Result<(), Problem> {
    let rows = retention::run(store, now, kept).await?;
    if rows > 0 {
        tracing::info!(rows, "forgot old tests and changes");
    }
    Ok(())
}
