//! How often somebody may try to sign in with one address: in memory, bounded, and alike for addresses that nobody has.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{Moment, Problem, text};

use crate::clock::{MINUTE, before, now};

/// Wrong passwords within [`SPAN`].
const AT_MOST: u32 = 10;
const SPAN: i64 = 15 * MINUTE;
/// Addresses that are remembered.
const ADDRESSES: usize = 10_000;
/// No address has more octets; what is longer differs too late to matter.
const LONGEST: usize = 254;

#[derive(Default)]
pub struct Tries(Mutex<HashMap<String, Counted>>);

struct Counted {
    since: Moment,
    tries: u32,
}

impl Tries {
    /// Counts one, before the password is looked at, so that a crowd at once is counted as well.
    pub fn begin(&self, email: &str) -> Result<(), Problem> {
        self.begin_at(email, now())
    }

    fn begin_at(&self, email: &str, at: Moment) -> Result<(), Problem> {
        let mut all = self.all();
        let key = key(email);
        if !all.contains_key(&key) && all.len() >= ADDRESSES {
            make_room(&mut all, at);
        }
        let counted = all.entry(key).or_insert(Counted { since: at, tries: 0 });
        if counted.since < before(at, SPAN) {
            *counted = Counted { since: at, tries: 0 };
        }
        if counted.tries >= AT_MOST {
            let minutes = (counted.since.0 + SPAN - at.0) / MINUTE + 1;
            let minutes = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
            return Err(Problem::TooMany(format!("Too many tries with this address. Try again in {minutes}.")));
        }
        counted.tries += 1;
        Ok(())
    }

    /// Takes one back: it was not looked at.
    pub fn take_back(&self, email: &str) {
        if let Some(counted) = self.all().get_mut(&key(email)) {
            counted.tries = counted.tries.saturating_sub(1);
        }
    }

    /// The password was right.
    pub fn clear(&self, email: &str) {
        self.all().remove(&key(email));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Counted>> {
        // Each change is one step: a thread that panicked left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(email: &str) -> String {
    let mut key = text::fold(email.trim());
    if key.len() > LONGEST {
        key.truncate(key.floor_char_boundary(LONGEST));
    }
    key
}

fn make_room(all: &mut HashMap<String, Counted>, at: Moment) {
    all.retain(|_, counted| counted.since >= before(at, SPAN));
    if all.len() >= ADDRESSES
        && let Some(oldest) = all.iter().min_by_key(|(_, counted)| counted.since).map(|(key, _)| key.clone())
    {
        all.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_then_a_pause() {
        let tries = Tries::default();
        let begin = |email: &str, minute: i64| tries.begin_at(email, Moment(minute * MINUTE)).is_ok();
        for _ in 0..10 {
            assert!(begin("ops@example.org", 0));
        }
        assert!(!begin("OPS@example.org ", 14), "the same address in another spelling");
        assert!(begin("other@example.org", 14), "another address");
        assert!(begin("ops@example.org", 16), "after the pause");
    }

    #[test]
    fn a_right_password_and_a_try_that_was_not_looked_at_do_not_count() {
        let tries = Tries::default();
        for _ in 0..30 {
            tries.begin_at("a@example.org", Moment(0)).expect("each is taken back");
            tries.take_back("a@example.org");
        }
        for _ in 0..30 {
            tries.begin_at("a@example.org", Moment(0)).expect("each is cleared");
            tries.clear("a@example.org");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let tries = Tries::default();
        for n in 0..(ADDRESSES + 500) {
            let at = Moment(i64::try_from(n).expect("a small number"));
            tries.begin_at(&format!("{n}@example.org"), at).expect("the first try of each address");
        }
        assert!(tries.all().len() <= ADDRESSES);
        assert!(tries.all().contains_key("10499@example.org"), "the newest is remembered");
    }
}
