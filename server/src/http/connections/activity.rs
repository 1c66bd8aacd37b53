//! What a connection is doing, and since when: tells silent, slow and stalled clients from those that are served.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::limits::Times;

/// What a client takes or gives at least within [`Times::stalled`]: about 1 kB a second.
const PACE_OCTETS: usize = 10 * 1024;

pub struct Activity(Mutex<State>);

struct State {
    phase: Phase,
    /// When the phase began; while a client takes the end of an answer, when it last took something.
    since: Instant,
    /// How fast the client takes what is sent to it, while that is more than it takes at once.
    taking: Option<Pace>,
    /// How fast the client gives the body of its request, until it has given all of it.
    giving: Option<Pace>,
    /// Requests whose answer has not been sent as a whole.
    open: usize,
    /// Requests whose answer has not begun.
    due: usize,
}

/// A client that moves [`PACE_OCTETS`] begins anew; one that does not is slow since then.
struct Pace {
    since: Instant,
    octets: usize,
    /// So much has moved before.
    is_moving: bool,
}

impl Pace {
    fn new() -> Self {
        Self { since: Instant::now(), octets: 0, is_moving: false }
    }

    fn add(&mut self, octets: usize) {
        self.octets = self.octets.saturating_add(octets);
        if self.octets >= PACE_OCTETS {
            *self = Self { is_moving: true, ..Self::new() };
        }
    }
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
    /// No request is answered, or one has not arrived as a whole, since then.
    Waiting(Instant),
    /// The client has taken nearly nothing, since then.
    Stalled(Instant),
    /// A request arrives at a fair pace.
    Arriving(Instant),
}

impl Activity {
    pub fn new() -> Self {
        let (phase, since) = (Phase::New, Instant::now());
        Self(Mutex::new(State { phase, since, taking: None, giving: None, open: 0, due: 0 }))
    }

    /// Begins anew, as after a TLS handshake.
    pub fn restart(&self) {
        let mut state = self.state();
        (state.phase, state.since) = (Phase::New, Instant::now());
    }

    /// So much was received.
    pub fn received(&self, octets: usize) {
        let mut state = self.state();
        if let Some(giving) = &mut state.giving {
            giving.add(octets);
        }
        if matches!(state.phase, Phase::New | Phase::Idle) {
            (state.phase, state.since) = (Phase::Head, Instant::now());
        }
    }

    /// The client took so much of what is sent to it.
    pub fn sent(&self, octets: usize) {
        let mut state = self.state();
        if let Some(taking) = &mut state.taking {
            taking.add(octets);
        }
        if state.phase == Phase::Idle {
            state.since = Instant::now();
        }
    }

    /// There is more to send than the client takes.
    pub fn blocked(&self) {
        self.state().taking.get_or_insert_with(Pace::new);
    }

    /// The client took all that there is to send.
    pub fn flushed(&self) {
        self.state().taking = None;
    }

    /// The head of a request has arrived; its body is to come.
    pub fn begin_body(&self) {
        self.state().giving = Some(Pace::new());
    }

    /// The body of the request has arrived, or nobody wants it any more.
    pub fn end_body(&self) {
        self.state().giving = None;
    }

    /// The head of a request has arrived.
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
        is_late || state.taking.as_ref().is_some_and(|pace| pace.since.elapsed() >= times.write)
    }

    /// None for a connection that is being served.
    pub fn expendable(&self, times: &Times) -> Option<Expendable> {
        let state = self.state();
        match (&state.giving, &state.taking, state.phase) {
            (Some(pace), ..) if pace.is_moving && pace.since.elapsed() < times.stalled => {
                Some(Expendable::Arriving(pace.since))
            }
            (Some(pace), ..) => Some(Expendable::Waiting(pace.since)),
            (None, Some(Pace { since, .. }), _) => {
                (since.elapsed() >= times.stalled).then_some(Expendable::Stalled(*since))
            }
            (None, None, Phase::Answering) => None,
            (None, None, Phase::New | Phase::Head | Phase::Idle) => Some(Expendable::Waiting(state.since)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step between two changes can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
