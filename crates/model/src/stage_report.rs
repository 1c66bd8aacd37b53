//! How one stage of a conversation ended.

use serde::{Deserialize, Serialize};

use crate::Stage;

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StageState {
    /// It goes on at this moment; the fact says how long it may.
    Running,
    /// It ended as it should.
    Done,
    /// It ended the conversation.
    Failed,
    /// It was broken off by who watched it.
    Cancelled,
    /// Not part of this way; the fact says why.
    Skipped,
    /// The way ended before it.
    NotReached,
}

/// One station of the way: how it ended, how long it took, and one line of fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageReport {
    /// Which one.
    pub stage: Stage,
    /// How it ended.
    pub state: StageState,
    /// Microseconds; 0 where it was not run.
    pub took: u64,
    /// One line of what was found: an address, a port, a protocol version.
    pub fact: String,
}
