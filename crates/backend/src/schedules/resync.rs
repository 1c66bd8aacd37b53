//! After a clock was set right: schedules that were planned by a wrong one get their next time anew, and leases and
//! retries do not last longer than they can.

use model::{Moment, Problem, ScheduleId};
use store::schedules::{self, Record};
use store::{StoreError, WriteTx, runs};

use super::attempt::LONGEST_RETRY_DELAY;
use super::times::Times;
use crate::Backend;

/// Schedules that are read at a time.
const PIECE: u64 = 500;
/// Times that have a run already, at most, before the next one that has none.
const PLANNED_AT_MOST: usize = 100;

impl Backend {
    /// Moves the next time of each schedule that waits for longer than its recurrence says.
    pub(crate) async fn reschedule_after_clock_change(&self, now: Moment) -> Result<(), Problem> {
        let store = self.store();
        // A server that works on a run says so again within a fraction of this.
        let lease_until = Moment(now.0.saturating_add(self.inner.planner.lease_time().as_micros() as i64 * 2));
        let due_at = Moment(now.0.saturating_add(LONGEST_RETRY_DELAY));
        let shorten = move |tx: WriteTx| async move { runs::shorten_waits(&tx, lease_until, due_at).await };
        let shortened = store.write(shorten).await?;
        let (mut behind, mut moved) = (ScheduleId(0), 0);
        loop {
            let records = store.read(schedules::waiting(store.db(), now, behind, PIECE)).await?;
            let Some(last) = records.last() else { break };
            behind = last.id;
            let late: Vec<_> = records.iter().filter(|record| is_too_late(record, now)).collect();
            if late.is_empty() {
                continue;
            }
            let late = &late;
            moved += store.write(move |tx| set_right(tx, late, now)).await?;
        }
        if shortened + moved > 0 {
            tracing::warn!(
                schedules = moved,
                runs = shortened,
                "the clock was set right: what waited too long is due anew"
            );
        }
        Ok(())
    }
}

/// Moves these, and says how many it moved: some wait so long because the times before have their runs already.
async fn set_right(tx: WriteTx, late: &[&Record], now: Moment) -> Result<u64, StoreError> {
    let mut moved = 0;
    for record in late {
        let next_at = next_without_run(&tx, record, now).await?;
        if next_at != record.next_at {
            schedules::move_next(&tx, record, next_at).await?;
            moved += 1;
        }
    }
    Ok(moved)
}

fn is_too_late(record: &Record, now: Moment) -> bool {
    let next = times(record).and_then(|times| times.after(now));
    // What cannot be read is stopped, with the reason, when it is due.
    next.is_some_and(|next| record.next_at.is_some_and(|planned| next < planned))
}

fn times(record: &Record) -> Option<Times> {
    let schedule = record.schedule().ok()?;
    Times::read(&schedule.recurrence, &schedule.zone).ok()
}

/// The first time after now that has no run: a clock that was ahead has planned one of them, or more.
async fn next_without_run(tx: &WriteTx, record: &Record, now: Moment) -> Result<Option<Moment>, StoreError> {
    let Some(times) = times(record) else { return Ok(record.next_at) };
    let mut next = times.after(now);
    for _ in 0..PLANNED_AT_MOST {
        match next {
            Some(at) if runs::is_planned(tx.db(), record.id, at).await? => next = times.after(at),
            _ => break,
        }
    }
    Ok(next)
}
