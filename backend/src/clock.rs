//! The one place that reads the clock.

use model::Moment;

/// The present instant.
pub(crate) fn now() -> Moment {
    Moment(jiff::Timestamp::now().as_microsecond())
}

const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// The instant `microseconds` before `at`.
pub(crate) fn before(at: Moment, microseconds: i64) -> Moment {
    Moment(at.0.saturating_sub(microseconds))
}
