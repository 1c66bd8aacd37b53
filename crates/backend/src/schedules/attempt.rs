//! How one attempt to send a report ended, and what follows from it.

use std::time::Instant;

use model::moment::MINUTE;
use model::{Acceptance, Moment, Stage, StageReport};
use smtp::Sent;

/// How long a run that failed waits before each retry; after the last it has failed for good.
const RETRY_DELAYS: [i64; 3] = [MINUTE, 5 * MINUTE, 30 * MINUTE];
/// No run waits for longer.
pub const LONGEST_RETRY_DELAY: i64 = RETRY_DELAYS[2];

/// A clock that was set once and goes on.
#[derive(Clone, Copy)]
pub struct Clock {
    set_to: Moment,
    at: Instant,
}

impl Clock {
    pub fn set_to(now: Moment) -> Self {
        Self { set_to: now, at: Instant::now() }
    }

    pub fn now(self) -> Moment {
        Moment(self.set_to.0 + self.at.elapsed().as_micros() as i64)
    }
}

/// How one attempt ended.
pub enum Attempt {
    Sent {
        words: String,
        refused: Vec<String>,
    },
    Unknown(String),
    Empty,
    /// A retry can succeed.
    Failed {
        stage: Option<Stage>,
        words: String,
    },
    /// The next one would fail as well.
    Refused {
        stage: Option<Stage>,
        words: String,
    },
    /// The account or its credential does not allow it: the schedule stops.
    Stopped(String),
    /// The schedule is gone, or paused.
    Dropped(String),
}

impl Attempt {
    /// Refused before anything was sent.
    pub fn refused(words: String) -> Self {
        Self::Refused { stage: None, words }
    }
}

/// The pause before the next attempt, in microseconds; None after the last one.
pub fn retry_delay(attempts: i32) -> Option<i64> {
    usize::try_from(attempts - 1).ok().and_then(|retries| RETRY_DELAYS.get(retries)).copied()
}

/// What the conversation means for the run.
impl From<Sent> for Attempt {
    fn from(sent: Sent) -> Self {
        let Sent { report, refused } = sent;
        let why = report.why_unknown();
        match (report.taken, report.failure) {
            (Acceptance::Yes, _) => {
                let words = report.final_reply.map(|reply| reply.to_string()).unwrap_or_default();
                let refused = refused.into_iter().map(|(address, reply)| format!("{address} ({reply})")).collect();
                Self::Sent { words, refused }
            }
            (Acceptance::Unknown, _) => {
                Self::Unknown(format!("{why} Whether it was accepted is not known: look into the mailbox."))
            }
            (Acceptance::No, Some(failure)) => {
                let at = |stage: &StageReport| stage.stage == failure.stage;
                let fact = report.stages.into_iter().find(at).map(|stage| stage.fact);
                let words = failure.reply.as_ref().map(ToString::to_string).or(fact).unwrap_or_default();
                let stage = Some(failure.stage);
                match failure.stage {
                    Stage::Settings => Self::Stopped(words),
                    _ if failure.may_pass() => Self::Failed { stage, words },
                    _ => Self::Refused { stage, words },
                }
            }
            (Acceptance::No, None) => Self::Failed { stage: None, words: String::new() },
        }
    }
}
