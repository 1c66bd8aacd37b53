//! How many tests and runs of schedules one person may begin within a minute: a button is no weapon against a server.
//! By a clock that nobody sets.
//!
//! Not `governor`: its algorithm (GCRA) gives back one test after the other, so that within a minute of a burst nearly
//! twice as many begin, and it cannot count a test besides that goes beyond the limit.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::{Problem, UserId};

const MINUTE: Duration = Duration::from_secs(60);

pub struct TestRateLimit {
    at_most: usize,
    /// When each person's last ones began; as many people as there are.
    begun: Mutex<HashMap<UserId, VecDeque<Instant>>>,
}

impl TestRateLimit {
    pub fn new(at_most: u32) -> Self {
        Self { at_most: usize::try_from(at_most).unwrap_or(usize::MAX), begun: Mutex::default() }
    }

    /// How many one person may begin within a minute.
    pub fn at_most(&self) -> u32 {
        u32::try_from(self.at_most).unwrap_or(u32::MAX)
    }

    /// Counts one that begins.
    pub fn begin(&self, who: UserId) -> Result<(), Problem> {
        self.begin_at(who, Instant::now())
    }

    /// Counts one test more, for a scan of ports that has been made already. Never refused: the count may exceed the
    /// limit.
    pub fn record_unchecked(&self, who: UserId) {
        self.count_at(who, Instant::now());
    }

    fn count_at(&self, who: UserId, at: Instant) {
        let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(who).or_default().push_back(at);
    }

    fn begin_at(&self, who: UserId, at: Instant) -> Result<(), Problem> {
        // Each change is one step: a thread that panicked left nothing half done.
        let mut all = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = all.entry(who).or_default();
        while begun.front().is_some_and(|first| at.duration_since(*first) >= MINUTE) {
            begun.pop_front();
        }
        // The one whose minute has to end first.
        match begun.get(begun.len().saturating_sub(self.at_most.max(1))) {
            Some(first) if begun.len() >= self.at_most => {
                let seconds = MINUTE.saturating_sub(at.duration_since(*first)).as_secs() + 1;
                let text =
                    format!("You may begin {} tests and runs within a minute. Try again in {seconds} s.", self.at_most);
                Err(Problem::TooMany(text))
            }
            _ => {
                begun.push_back(at);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_within_a_minute_and_no_more() {
        let pace = TestRateLimit::new(2);
        let start = Instant::now();
        let begin = |who: i64, second: u64| pace.begin_at(UserId(who), start + Duration::from_secs(second));
        assert!(begin(1, 0).is_ok() && begin(1, 30).is_ok());
        let refused = begin(1, 59).expect_err("the third within a minute");
        assert_eq!(
            refused,
            Problem::TooMany("You may begin 2 tests and runs within a minute. Try again in 2 s.".to_owned())
        );
        assert!(begin(2, 59).is_ok(), "another person");
        assert!(begin(1, 60).is_ok(), "the first is a minute ago");
        assert!(begin(1, 61).is_err());
    }

    #[test]
    fn what_a_test_tried_besides_counts_too() {
        let pace = TestRateLimit::new(2);
        let start = Instant::now();
        let begin = |second: u64| pace.begin_at(UserId(1), start + Duration::from_secs(second));
        assert!(begin(0).is_ok() && begin(10).is_ok());
        pace.count_at(UserId(1), start + Duration::from_secs(20));
        let refused = begin(59).expect_err("three within a minute");
        assert_eq!(
            refused,
            Problem::TooMany("You may begin 2 tests and runs within a minute. Try again in 12 s.".to_owned())
        );
        assert!(begin(60).is_err(), "two are left");
        assert!(begin(70).is_ok());
    }
}
