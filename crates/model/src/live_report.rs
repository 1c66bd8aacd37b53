//! What is known of a conversation while it goes on.

use serde::{Deserialize, Serialize};

use crate::{Stage, StageReport, StageState, TranscriptLine};

/// What is known of a conversation that goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveReport {
    /// All stages of the conversation, as far as they went.
    pub stages: Vec<StageReport>,
    /// Which line of the transcript the first of `lines` is, counted from 0.
    pub first: usize,
    /// Lines of the transcript since the last that was asked for.
    pub lines: Vec<TranscriptLine>,
    /// Microseconds since the start.
    pub elapsed: u64,
}

impl LiveReport {
    /// Takes up what was learnt later.
    pub fn learn(&mut self, later: Self) {
        let Self { stages, first, lines, elapsed } = later;
        self.lines.truncate(first.saturating_sub(self.first));
        self.lines.extend(lines);
        self.stages = stages;
        self.elapsed = elapsed;
    }

    /// The stage that goes on, and since how many microseconds.
    pub fn running(&self) -> Option<(Stage, u64)> {
        let running = self.stages.iter().find(|report| report.state == StageState::Running)?;
        let before: u64 = self.stages.iter().map(|report| report.took).sum();
        Some((running.stage, self.elapsed.saturating_sub(before)))
    }
}
