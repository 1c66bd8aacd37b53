//! Turns to hash a password: a few at a time, since a hash takes 19 MB and some 20 ms. Nobody can fill the queue for
//! others: each client has few places in it, and who tried least comes first, unlike at the semaphores of `turns`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{Problem, Throttled};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Hashes at the same time.
const AT_ONCE: usize = 2;
/// The same where one of them is for somebody known.
const AT_ONCE_WITH_KNOWN: usize = AT_ONCE + 1;
/// Who waits at the same time: all together, and of one client.
const WAITING: usize = 64;
const WAITING_OF_ONE: usize = 2;
/// How long a turn is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// For whom a password is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashFor {
    /// Somebody who has shown who they are.
    Known,
    /// A browser that the person signed in with before, by its digest.
    Device(String),
    /// Anybody else, and how often this network has tried lately.
    Stranger { network: IpAddr, tries: i64 },
}

impl HashFor {
    fn is_known(&self) -> bool {
        !matches!(self, Self::Stranger { .. })
    }

    fn is_same_client(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Device(one), Self::Device(other)) => one == other,
            (Self::Stranger { network: one, .. }, Self::Stranger { network: other, .. }) => one == other,
            _ => false,
        }
    }
}

/// The right to make one hash; it ends when it is dropped.
#[derive(Debug)]
pub struct Turn(Arc<Mutex<State>>);

/// The queue. Cloning it is cheap; all clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct HashQueue(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    running: usize,
    arrived: u64,
    waiting: BTreeMap<QueueSlot, Waiting>,
}

/// Whose turn is next: the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct QueueSlot {
    is_stranger: bool,
    tries: i64,
    arrived: u64,
}

#[derive(Debug)]
struct Waiting {
    who: HashFor,
    turn: oneshot::Sender<Turn>,
}

impl HashQueue {
    /// Waits for a turn.
    pub async fn turn(&self, who: HashFor) -> Result<Turn, Problem> {
        match timeout(WAIT, self.enter(who)?).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }

    fn enter(&self, who: HashFor) -> Result<oneshot::Receiver<Turn>, Problem> {
        let (turn, receiver) = oneshot::channel();
        let mut state = lock(&self.0);
        state.waiting.retain(|_, waiting| !waiting.turn.is_closed());
        let of_same_client = state.waiting.values().filter(|waiting| waiting.who.is_same_client(&who)).count();
        if of_same_client >= WAITING_OF_ONE {
            let what = "Too many tries from your network at this moment.".to_owned();
            return Err(Problem::Throttled(Throttled { what, seconds: 5 }));
        }
        state.arrived += 1;
        let tries = if let HashFor::Stranger { tries, .. } = &who { *tries } else { 0 };
        let place = QueueSlot { is_stranger: !who.is_known(), tries, arrived: state.arrived };
        if state.waiting.len() >= WAITING {
            match state.waiting.last_key_value() {
                // Dropped, it is told that there is no turn.
                Some((last, _)) if place < *last => drop(state.waiting.pop_last()),
                _ => return Err(busy()),
            }
        }
        state.waiting.insert(place, Waiting { who, turn });
        drop(state);
        give_turns(&self.0);
        Ok(receiver)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.0).running -= 1;
        give_turns(&self.0);
    }
}

fn give_turns(queue: &Arc<Mutex<State>>) {
    loop {
        let next = next(&mut lock(queue));
        let Some(next) = next else { return };
        // The lock is free again. Where nobody waits for the turn any more, it is dropped here, and the next has it.
        drop(next.turn.send(Turn(Arc::clone(queue))));
    }
}

/// Who begins now, and counts as running.
fn next(state: &mut State) -> Option<Waiting> {
    let first = state.waiting.first_entry()?;
    let at_once = if first.get().who.is_known() { AT_ONCE_WITH_KNOWN } else { AT_ONCE };
    if state.running >= at_once {
        return None;
    }
    state.running += 1;
    Some(first.remove())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Each change is one step: a thread that panicked left nothing half done.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn busy() -> Problem {
    let what = "Too many people sign in at this moment.".to_owned();
    Problem::Throttled(Throttled { what, seconds: 10 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger(host: u8, tries: i64) -> HashFor {
        HashFor::Stranger { network: [192, 0, 2, host].into(), tries }
    }

    fn device() -> HashFor {
        HashFor::Device("digest".to_owned())
    }

    fn enter(queue: &HashQueue, who: HashFor) -> oneshot::Receiver<Turn> {
        queue.enter(who).expect("there is room")
    }

    #[test]
    fn one_client_has_two_places_and_leaves_room_for_others() {
        let queue = HashQueue::default();
        let mut turns: Vec<_> = (0..4).map(|_| enter(&queue, stranger(1, 0))).collect();
        let refused = queue.enter(stranger(1, 0)).expect_err("two run and two wait");
        assert_eq!(refused.retry_after(), Some(5), "{refused}");
        let mut other = enter(&queue, stranger(2, 0));
        for turn in turns.iter_mut().chain([&mut other]) {
            assert!(turn.try_recv().is_ok(), "each ends before the next one begins");
        }
        assert_eq!(lock(&queue.0).running, 0);
    }

    #[test]
    fn who_tried_least_comes_first() {
        let queue = HashQueue::default();
        let running: Vec<_> = (0..2).map(|_| enter(&queue, stranger(9, 0))).collect();
        let mut often = enter(&queue, stranger(1, 30));
        let mut seldom = enter(&queue, stranger(2, 1));
        let mut first = running.into_iter();
        drop(first.next());
        assert!(often.try_recv().is_err(), "it came first, and waits");
        let turn = seldom.try_recv().expect("its turn");
        drop(turn);
        assert!(often.try_recv().is_ok());
    }

    #[test]
    fn a_known_device_waits_for_no_stranger() {
        let queue = HashQueue::default();
        let _running: Vec<_> = (0..2).map(|_| enter(&queue, stranger(1, 0))).collect();
        let _waiting: Vec<_> = (2..40).map(|host| enter(&queue, stranger(host, 0))).collect();
        assert!(enter(&queue, device()).try_recv().is_ok());
    }

    #[test]
    fn a_full_queue_refuses_who_tried_most() {
        let queue = HashQueue::default();
        let _running: Vec<_> = (0..2).map(|_| enter(&queue, stranger(200, 5))).collect();
        let mut waiting: Vec<_> = (0..WAITING).map(|host| enter(&queue, stranger(host as u8, 5))).collect();
        assert_eq!(queue.enter(stranger(100, 5)).expect_err("it is full").retry_after(), Some(10));
        let _fresh = enter(&queue, stranger(101, 0));
        let _device = enter(&queue, device());
        assert!(lock(&queue.0).waiting.len() <= WAITING);
        let refused = waiting.iter_mut().filter_map(|turn| turn.try_recv().err());
        let closed = refused.filter(|error| *error == oneshot::error::TryRecvError::Closed).count();
        assert_eq!(closed, 2, "each of both took the place of one that tried more");
    }

    #[test]
    fn who_left_keeps_no_place_and_no_turn() {
        let queue = HashQueue::default();
        let running: Vec<_> = (0..2).map(|_| enter(&queue, stranger(1, 0))).collect();
        let left: Vec<_> = (0..2).map(|_| enter(&queue, stranger(1, 0))).collect();
        drop(left);
        let mut stays = enter(&queue, stranger(1, 0));
        drop(running);
        assert!(stays.try_recv().is_ok());
        assert_eq!(lock(&queue.0).running, 0);
    }
}
