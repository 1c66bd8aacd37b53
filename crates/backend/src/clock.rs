//! The one place that reads the clock.

use model::Moment;

/// The present instant.
pub(crate) fn now() -> Moment {
    Moment(jiff::Timestamp::now().as_microsecond())
}
