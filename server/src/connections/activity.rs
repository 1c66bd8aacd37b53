//! What a connection is doing, and since when: tells silent, slow and stalled clients from those that are served.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::limits::Times;

pub struct Activity(Mutex<State>);

struct State {
    phase: Phase,
    /// When the phase began; while a client takes the end of an answer, when it last took something.
    since: Instant,
    /// Since when the client has taken nothing of what is sent to it.
    blocked_since: Option<Instant>,
    /// Requests whose answer has not been sent as a whole.
    open: usize,
    /// Requests whose answer has not begun.
    due: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was received yet.
    New,
    /// A request has begun.
    Head,
    Answering,
    /// Between two requests.
    Idle,
}

/// A connection that may be closed to make room for another one: the smallest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub enum Expendable {
    /// No request is answered, since then.
    Waiting(Instant),
    /// The client has taken nothing, since then.
    Stalled(Instant),
}

impl Activity {
    pub fn new() -> Self {
        let (phase, since) = (Phase::New, Instant::now());
        Self(Mutex::new(State { phase, since, blocked_since: None, open: 0, due: 0 }))
    }

    /// Begins anew, as after a TLS handshake.
    pub fn restart(&self) {
        let mut state = self.state();
        (state.phase, state.since) = (Phase::New, Instant::now());
    }

    /// Something was received.
    pub fn received(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::New | Phase::Idle) {
            (state.phase, state.since) = (Phase::Head, Instant::now());
        }
    }

    /// The client took something of what is sent to it.
    pub fn sent(&self) {
        let mut state = self.state();
        state.blocked_since = None;
        if state.phase == Phase::Idle {
            state.since = Instant::now();
        }
    }

    /// There is more to send than the client takes.
    pub fn blocked(&self) {
        self.state().blocked_since.get_or_insert_with(Instant::now);
    }

    /// A request has arrived.
    pub fn begin_answer(&self) {
        let mut state = self.state();
        state.phase = Phase::Answering;
        state.open += 1;
        state.due += 1;
    }

    /// The answer's head is there.
    pub fn answer_begun(&self) {
        self.state().due -= 1;
    }

    /// The answer was given away as a whole, or nobody wants it any more.
    pub fn end_answer(&self) {
        let mut state = self.state();
        state.open -= 1;
        if state.open == 0 {
            (state.phase, state.since) = (Phase::Idle, Instant::now());
        }
    }

    pub fn is_new(&self) -> bool {
        self.state().phase == Phase::New
    }

    /// Whether a request waits for its answer.
    pub fn has_due(&self) -> bool {
        self.state().due > 0
    }

    /// Whether it has taken longer than it may.
    pub fn is_overdue(&self, times: &Times) -> bool {
        let state = self.state();
        let limit = match state.phase {
            Phase::New | Phase::Head => Some(times.head),
            Phase::Idle => Some(times.idle),
            Phase::Answering => None,
        };
        let is_late = limit.is_some_and(|limit| state.since.elapsed() >= limit);
        is_late || state.blocked_since.is_some_and(|since| since.elapsed() >= times.write)
    }

    /// None for a connection that is being served.
    pub fn expendable(&self, times: &Times) -> Option<Expendable> {
        let state = self.state();
        match (state.blocked_since, state.phase) {
            (Some(since), _) => (since.elapsed() >= times.stalled).then_some(Expendable::Stalled(since)),
            (None, Phase::Answering) => None,
            (None, Phase::New | Phase::Head | Phase::Idle) => Some(Expendable::Waiting(state.since)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step between two changes can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
