//! A form that was saved on top of another person's save.

use model::{Conflict, Difference, Moment, Problem};
use serde::Serialize;

/// The record as it stands in the store.
pub struct Newest<'a, D> {
    pub version: i64,
    pub saved_by: &'a str,
    pub saved_at: Moment,
    pub draft: D,
}

/// Why the form is not saved, with what differs and with what stands in the store.
pub fn conflict<D: Serialize>(newest: Newest<'_, D>, differences: impl FnOnce(&D) -> Vec<Difference>) -> Problem {
    let Newest { version, saved_by, saved_at, draft } = newest;
    Problem::Conflict(Box::new(Conflict {
        version,
        saved_by: saved_by.to_owned(),
        saved_at,
        differences: differences(&draft),
        theirs: serde_json::to_string(&draft).ok(),
    }))
}
