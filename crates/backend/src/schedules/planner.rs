//! What is due is planned once, and run by one server at a time.
//!
//! A planned time becomes a row, once, by the unique index of schedule and time. A server acquires the lease of a row,
//! and renews it while the run goes on. A run whose lease expires waits again, unless its message was being handed
//! over: then it is not known whether it was sent, and it is not repeated.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::moment::MINUTE;
use model::{Moment, Problem, RunId};
use store::runs::{self, Lease, Planned};
use store::schedules::{self, Record};
use store::{StoreError, WriteTx, users};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use super::saving::owner_gone;
use super::times::Times;
use crate::Backend;
use crate::clock::now;

/// How often it is looked at what is due.
const EVERY: Duration = Duration::from_secs(1);
/// Runs of one server at a time.
const AT_ONCE: usize = 8;
/// Schedules that are planned in one transaction.
const PIECE: u64 = 500;
/// A run that was planned longer ago is late: no server ran.
const LATE: i64 = 5 * MINUTE;
/// Times that are counted as missed, at most.
const MISSED_AT_MOST: usize = 100_000;

/// The leases of this server, and when they were last renewed.
struct Leases {
    acquired: HashSet<Lease>,
    renewed: Instant,
}

/// The part of a backend that runs schedules.
pub(crate) struct Planner {
    /// How long a lease lasts.
    lease_time: Duration,
    wake: Notify,
    permits: Arc<Semaphore>,
    leases: Mutex<Leases>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// Octets stored since the last cleanup. Starts high, so that the first run cleans up.
    files_kept: AtomicU64,
}

impl Planner {
    pub fn new(lease_time: Duration) -> Self {
        Self {
            lease_time,
            wake: Notify::new(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            leases: Mutex::new(Leases { acquired: HashSet::new(), renewed: Instant::now() }),
            task: Mutex::default(),
            files_kept: AtomicU64::new(u64::MAX / 2),
        }
    }

    /// How long a lease lasts.
    pub fn lease_time(&self) -> Duration {
        self.lease_time
    }

    /// Adds the size of a file that is to be kept. Once more than 1 % of `at_most` was added since the last cleanup,
    /// returns how many octets the older files may still have; otherwise None, because adding up all files each time
    /// takes too long.
    pub fn counts_file(&self, octets: u64, at_most: u64) -> Option<u64> {
        let slack = at_most / 100;
        let before = self.files_kept.fetch_add(octets, Ordering::Relaxed);
        (before.saturating_add(octets) >= slack).then(|| {
            self.files_kept.store(0, Ordering::Relaxed);
            at_most.saturating_sub(slack).saturating_sub(octets)
        })
    }

    /// Something is due now.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Takes nothing more, and waits for what runs.
    pub async fn end(&self) {
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        let _idle = self.permits.acquire_many(AT_ONCE as u32).await;
        self.permits.close();
    }

    fn leases(&self) -> std::sync::MutexGuard<'_, Leases> {
        // Nothing panics while it is locked.
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The leases that are to be renewed now: long before they expire.
    fn to_renew(&self) -> Vec<Lease> {
        let mut leases = self.leases();
        if leases.renewed.elapsed() >= self.lease_time / 4 {
            leases.renewed = Instant::now();
            leases.acquired.iter().copied().collect()
        } else {
            Vec::new()
        }
    }
}

impl Backend {
    /// Runs schedules from now on, until the backend is closed.
    pub fn begin_schedules(&self) {
        let backend = self.clone();
        let run = async move {
            loop {
                let woken = tokio::time::timeout(EVERY, backend.inner.planner.wake.notified());
                drop(woken.await);
                if let Err(problem) = backend.take_due(now()).await {
                    tracing::warn!(%problem, "schedules could not be looked at");
                }
            }
        };
        let task = tokio::spawn(run);
        *self.inner.planner.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }

    /// Plans and runs all that is due at this instant, and waits for its end: what [`Self::begin_schedules`] does each
    /// second, with a clock of one's own.
    pub async fn run_schedules_at(&self, now: Moment) -> Result<(), Problem> {
        loop {
            let running = self.take_due(now).await?;
            if running.is_empty() {
                return Ok(());
            }
            for run in running {
                run.await.map_err(|_| Problem::Internal)?;
            }
        }
    }

    /// Plans what is due and begins as many runs as there is room for.
    async fn take_due(&self, now: Moment) -> Result<Vec<JoinHandle<()>>, Problem> {
        self.plan_schedules_at(now).await?;
        let planner = &self.inner.planner;
        let lease_until = Moment(now.0 + planner.lease_time.as_micros() as i64);
        let leases = &planner.to_renew();
        if !leases.is_empty() {
            let renew = move |tx: WriteTx| async move { runs::renew_leases(&tx, leases, lease_until).await };
            self.store().write(renew).await?;
        }
        if !self.store().read(runs::any_due(self.store().db(), now)).await? {
            return Ok(Vec::new());
        }
        let room = planner.permits.available_permits() as u64;
        let acquire = move |tx: WriteTx| async move {
            let unknown = runs::expire_leases(&tx, now).await?;
            schedules::set_unseen(&tx, &unknown, true).await?;
            runs::acquire_leases(&tx, now, lease_until, room).await
        };
        let leased = self.store().write(acquire).await?;
        Ok(leased.into_iter().filter_map(|run| self.begin_run(run, now)).collect())
    }

    fn begin_run(&self, run: runs::Record, now: Moment) -> Option<JoinHandle<()>> {
        let planner = &self.inner.planner;
        // Room was counted before, and only this takes it; where the backend closes meanwhile, the lease expires.
        let permit = Arc::clone(&planner.permits).try_acquire_owned().ok()?;
        let lease = Lease::from(&run);
        planner.leases().acquired.insert(lease);
        let backend = self.clone();
        Some(tokio::spawn(async move {
            let _permit = permit;
            let RunId(number) = run.id;
            let working = backend.clone();
            // A defect of ours in one run ends that run alone: its lease expires.
            if let Err(error) = tokio::spawn(async move { working.make_run(&run, now).await }).await {
                tracing::error!(run = number, %error, "a run ended early");
            }
            backend.inner.planner.leases().acquired.remove(&lease);
            backend.inner.planner.wake();
        }))
    }

    /// Makes rows of the planned times that have come, and says how many it made.
    pub async fn plan_schedules_at(&self, now: Moment) -> Result<u64, Problem> {
        let store = self.store();
        let mut all = 0;
        while store.read(schedules::any_due(store.db(), now)).await? {
            let planned = store.write(move |tx| plan(tx, now)).await?;
            all += planned;
            // Fewer than a piece: what is left is being planned by another server.
            if planned < PIECE {
                break;
            }
        }
        Ok(all)
    }
}

/// Plans one piece, and says how many it was.
async fn plan(tx: WriteTx, now: Moment) -> Result<u64, StoreError> {
    let due = schedules::due(&tx, now, PIECE).await?;
    let count = due.len() as u64;
    let (mut rows, mut next) = (Vec::new(), Vec::new());
    let owners: Vec<_> = due.iter().map(|record| record.owner_id).collect();
    let active: HashSet<_> = users::active(tx.db(), &owners).await?.into_iter().collect();
    for record in due {
        let planned =
            if active.contains(&record.owner_id) { planned(&record, now) } else { Err(owner_gone(&record.owner)) };
        match planned {
            Ok((run, at)) => {
                rows.push(run);
                next.push((record.id, at));
            }
            // Its owner is gone, it runs too often, or its zone went out of the table: it would end silently.
            Err(why) => schedules::stop(&tx, record.id, &why).await?,
        }
    }
    runs::plan(&tx, rows, now).await?;
    schedules::plan(&tx, next).await?;
    Ok(count)
}

/// The run that is due, and when the schedule runs next. However many times were missed, one run stands for them.
fn planned(record: &Record, now: Moment) -> Result<(Planned, Option<Moment>), String> {
    let schedule = record.schedule().map_err(|fault| Problem::from(fault).to_string())?;
    let times = Times::read(&schedule.recurrence, &schedule.zone).map_err(|errors| errors.summary())?;
    if let Some(why) = times.too_close(now) {
        return Err(format!("{why} Choose a longer recurrence."));
    }
    let first = record.next_at.unwrap_or(now);
    let mut missed = 0;
    let mut next = times.after(first);
    while let Some(at) = next.filter(|at| *at <= now) {
        missed += 1;
        next = times.after(if missed < MISSED_AT_MOST { at } else { now });
    }
    let run = Planned {
        schedule: record.id,
        at: first,
        late: now.0 - first.0 > LATE,
        missed: missed as u64,
        recipients: schedule.recipients.len() as u64,
        by_hand: false,
    };
    Ok((run, next))
}
