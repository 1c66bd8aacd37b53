//! Whether the machine's clock can be believed.
//!
//! The latest time that a server has seen is kept in the database, each minute anew. A clock that is more than a day
//! behind it, or more than two days ahead, is doubtful: nothing is deleted for good by it. A server that was switched
//! off for days looks the same, so a doubtful clock counts as right once servers have run by it for a day.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::Moment;
use model::moment::{DAY, MINUTE};
use store::settings::{DoubtfulTime, SeenTime};

const BEHIND: i64 = DAY;
const AHEAD: i64 = 2 * DAY;
/// How long servers run by a doubtful clock before it counts as right.
const CONFIRMED_AFTER: i64 = DAY;
/// A clock that is moved by more than this, while the server runs, was set.
const SET: i64 = MINUTE;

/// What is known about the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Right,
    /// It is this much later than the latest time that was seen.
    Ahead {
        now: Moment,
        by: i64,
    },
    Behind {
        now: Moment,
        by: i64,
    },
}

impl Clock {
    fn of(latest: Moment, now: Moment) -> Self {
        let by = now.0.saturating_sub(latest.0);
        if by > AHEAD {
            Self::Ahead { now, by }
        } else if by < -BEHIND {
            Self::Behind { now, by: by.saturating_neg() }
        } else {
            Self::Right
        }
    }

    /// A sentence for whoever runs the server; None for a clock that is right.
    pub fn warning(self) -> Option<String> {
        match self {
            Self::Right => None,
            Self::Ahead { now, by } => Some(format!(
                "The clock says {now}, {} later than the last time that Posthouse ran. Nothing is deleted for good until it has run so for 24 hours. If the clock is wrong, set it right.",
                days(by)
            )),
            Self::Behind { now, by } => Some(format!(
                "The clock says {now}, {} earlier than a time that Posthouse has run at. Set it right: until then schedules wait, and nothing is deleted for good. If it is right, this ends after 24 hours, or at a start with --accept-clock.",
                days(by)
            )),
        }
    }
}

fn days(microseconds: i64) -> String {
    match microseconds / DAY {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// Assesses the clock. `ran` is how long this server has run since it checked before, in microseconds, by a clock that
/// nobody sets.
fn assess(seen: SeenTime, now: Moment, ran: i64) -> (SeenTime, Clock) {
    let right = |latest| (SeenTime { latest: Some(latest), doubtful: None }, Clock::Right);
    let Some(latest) = seen.latest else { return right(now) };
    let clock = Clock::of(latest, now);
    if clock == Clock::Right {
        return right(latest.max(now));
    }
    // It went on as time does, with one server or with several that take turns; else it has jumped again.
    let ran = match seen.doubtful {
        Some(DoubtfulTime { time, ran: before }) if Clock::of(time, now) == Clock::Right => {
            before.saturating_add(ran.min(now.0 - time.0).max(0))
        }
        _ => 0,
    };
    if ran >= CONFIRMED_AFTER {
        return right(now);
    }
    (SeenTime { latest: Some(latest), doubtful: Some(DoubtfulTime { time: now, ran }) }, clock)
}

/// What one check of the clock found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    pub seen: SeenTime,
    pub clock: Clock,
}

/// How this server last saw the clock.
pub struct ClockCheck(Mutex<State>);

struct State {
    clock: Clock,
    /// What the clock said, and when that was by a clock that nobody sets.
    checked: Option<(Moment, Instant)>,
}

impl Default for ClockCheck {
    fn default() -> Self {
        Self(Mutex::new(State { clock: Clock::Right, checked: None }))
    }
}

impl ClockCheck {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one step: a thread that panicked left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn clock(&self) -> Clock {
        self.state().clock
    }

    /// How long ago this server checked before; nothing at its first check.
    pub fn ran(&self) -> Duration {
        self.state().checked.map(|(_, at)| at.elapsed()).unwrap_or_default()
    }

    /// Whether the clock was set since this server checked before.
    pub fn was_set(&self, now: Moment) -> bool {
        let checked = self.state().checked;
        checked.is_some_and(|(before, at)| (now.0 - before.0 - at.elapsed().as_micros() as i64).abs() > SET)
    }

    /// What a check finds, from what the servers remember. Changes nothing.
    pub fn assess(seen: SeenTime, now: Moment, ran: Duration) -> ClockReading {
        let (seen, clock) = assess(seen, now, i64::try_from(ran.as_micros()).unwrap_or(i64::MAX));
        ClockReading { seen, clock }
    }

    /// Keeps what a check found, once the servers remember it. Says whether the clock was found otherwise before.
    pub fn keep(&self, clock: Clock, now: Moment) -> bool {
        let mut state = self.state();
        let changed = std::mem::discriminant(&state.clock) != std::mem::discriminant(&clock);
        *state = State { clock, checked: Some((now, Instant::now())) };
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = DAY / 24;

    fn seen(latest: i64) -> SeenTime {
        SeenTime { latest: Some(Moment(latest)), doubtful: None }
    }

    #[test]
    fn a_clock_is_right_from_a_day_behind_to_two_days_ahead() {
        let check = |by: i64, clock: Clock| assert_eq!(assess(seen(0), Moment(by), 0).1, clock, "{by}");
        check(0, Clock::Right);
        check(-DAY, Clock::Right);
        check(2 * DAY, Clock::Right);
        check(-DAY - 1, Clock::Behind { now: Moment(-DAY - 1), by: DAY + 1 });
        check(2 * DAY + 1, Clock::Ahead { now: Moment(2 * DAY + 1), by: 2 * DAY + 1 });
        assert_eq!(assess(SeenTime::default(), Moment(7), 0), (seen(7), Clock::Right), "the first check of all");
        assert_eq!(assess(seen(7), Moment(5), 0).0, seen(7), "the latest time stays");
    }

    #[test]
    fn a_doubtful_clock_is_right_after_a_day_of_running_by_it() {
        for start in [400 * DAY, -400 * DAY] {
            let (mut now, mut found) = (start, assess(seen(0), Moment(start), 0));
            for hour in 0..24 {
                assert_ne!(found.1, Clock::Right, "{hour} hours");
                assert_eq!(found.0.latest, Some(Moment(0)), "{hour} hours");
                now += HOUR;
                found = assess(found.0, Moment(now), HOUR);
            }
            assert_eq!(found, (seen(now), Clock::Right));
        }
    }

    #[test]
    fn only_running_counts_and_once_however_many_servers_there_are() {
        let found = assess(seen(0), Moment(400 * DAY), 0).0;
        // Switched off for 40 hours.
        let found = assess(found, Moment(400 * DAY + 40 * HOUR), 0).0;
        assert_eq!(found.doubtful.map(|doubtful| doubtful.ran), Some(0));
        // Two servers, each of which checked an hour ago, half an hour apart.
        let found = assess(found, Moment(400 * DAY + 41 * HOUR), HOUR).0;
        let found = assess(found, Moment(400 * DAY + 41 * HOUR + HOUR / 2), HOUR).0;
        assert_eq!(found.doubtful.map(|doubtful| doubtful.ran), Some(HOUR + HOUR / 2));
        // It jumps again: from the beginning.
        let found = assess(found, Moment(500 * DAY), HOUR).0;
        assert_eq!(found.doubtful, Some(DoubtfulTime { time: Moment(500 * DAY), ran: 0 }));
        // A server whose clock is right says so.
        assert_eq!(assess(found, Moment(HOUR), HOUR), (seen(HOUR), Clock::Right));
    }
}
