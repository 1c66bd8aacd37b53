//! Work that takes memory or disk: how much of it goes on at a time, for one person and for the server.
//!
//! Turns are given in the order of arrival, by semaphores; where some people go first, it is `hash_queue`. Both bound
//! what goes on at the same time; `governor` would bound what begins within a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::UserId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a turn is waited for: a page that is loaded again finds the work before it at its end.
const WAIT: Duration = Duration::from_secs(3);

pub struct Turns {
    each: usize,
    all: Arc<Semaphore>,
    wait: Duration,
    /// As many people as have a turn now.
    people: Mutex<HashMap<UserId, Arc<Semaphore>>>,
}

/// Given back when it is dropped.
pub struct Turn {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

/// Why there is no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// The person has as many as one person may have.
    Own,
    /// The server has as many as it may have.
    All,
}

impl Turns {
    pub fn new(each: usize, all: usize) -> Self {
        Self { each, all: Arc::new(Semaphore::new(all)), wait: WAIT, people: Mutex::default() }
    }

    pub async fn begin(&self, who: UserId) -> Result<Turn, Busy> {
        let own = self.within(self.of(who)).await.ok_or(Busy::Own)?;
        let all = self.within(Arc::clone(&self.all)).await.ok_or(Busy::All)?;
        Ok(Turn { _own: own, _all: all })
    }

    async fn within(&self, turns: Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        timeout(self.wait, turns.acquire_owned()).await.ok()?.ok()
    }

    fn of(&self, who: UserId) -> Arc<Semaphore> {
        // Each change is one step: a thread that panicked left nothing half done.
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        // A turn that is held or waited for holds its semaphore.
        people.retain(|_, turns| Arc::strong_count(turns) > 1);
        Arc::clone(people.entry(who).or_insert_with(|| Arc::new(Semaphore::new(self.each))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_person_takes_no_more_than_their_own_turns() {
        let turns = Turns { wait: Duration::ZERO, ..Turns::new(1, 2) };
        let (one, two, three) = (UserId(1), UserId(2), UserId(3));
        let first = turns.begin(one).await.expect("the first turn");
        assert_eq!(turns.begin(one).await.err(), Some(Busy::Own));
        let _second = turns.begin(two).await.expect("another person's turn");
        assert_eq!(turns.begin(three).await.err(), Some(Busy::All));
        drop(first);
        let _third = turns.begin(three).await.expect("a turn that was given back");
        assert_eq!(turns.of(one).available_permits(), 1);
        assert_eq!(turns.people.lock().expect("nobody panicked with it").len(), 3);
    }
}
