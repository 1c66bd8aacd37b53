//! A conversation as others see it while it goes on, and how it is cancelled.

use std::future::pending;
use std::time::Instant;

use model::{LiveReport, StageReport, StageState, TranscriptLine};
use tokio::sync::watch;

use super::transcript::USUAL;

/// What is known of a conversation so far. Whoever holds it may follow it, and cancel it until the message's last piece
/// goes out.
#[derive(Debug)]
pub struct ProgressFeed {
    started: Instant,
    known: watch::Sender<Known>,
    turn: watch::Sender<Turn>,
}

#[derive(Debug)]
struct Known {
    stages: Vec<StageReport>,
    transcript: Vec<TranscriptLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Open,
    Cancelled,
    /// The server may have the message: only its answer says what came of it.
    HandedOver,
}

impl Default for ProgressFeed {
    fn default() -> Self {
        let (known, _) = watch::channel(Known { stages: Vec::new(), transcript: Vec::with_capacity(USUAL) });
        let (turn, _) = watch::channel(Turn::Open);
        Self { started: Instant::now(), known, turn }
    }
}

impl ProgressFeed {
    /// All that is known from here on, and first what is known by now.
    pub fn follow(&self) -> ProgressReader {
        let mut known = self.known.subscribe();
        known.mark_changed();
        ProgressReader { started: self.started, known, lines_read: 0 }
    }

    /// Cancels it; false where the message has been handed over.
    pub fn cancel(&self) -> bool {
        self.turn(Turn::Cancelled, Turn::HandedOver)
    }

    /// Waits until somebody cancels it.
    pub(super) async fn cancelled(&self) {
        let mut turn = self.turn.subscribe();
        if turn.wait_for(|&turn| turn == Turn::Cancelled).await.is_err() {
            // Nobody is left who could.
            pending::<()>().await;
        }
    }

    /// The message's last piece goes out now; where it was cancelled, this never ends.
    pub(super) async fn hand_over(&self) {
        if !self.turn(Turn::HandedOver, Turn::Cancelled) {
            pending::<()>().await;
        }
    }

    /// All stages, of which the one at this index has changed.
    pub(super) fn stage(&self, stages: &[StageReport], index: usize) {
        self.update(|known| match (known.stages.get_mut(index), stages.get(index)) {
            (Some(known), Some(changed)) => known.clone_from(changed),
            _ => stages.clone_into(&mut known.stages),
        });
    }

    /// What the stage that goes on waits for from here on.
    pub(super) fn waiting(&self, fact: String) {
        self.update(|known| {
            if let Some(running) = known.stages.iter_mut().find(|report| report.state == StageState::Running) {
                running.fact = fact;
            }
        });
    }

    pub(super) fn line(&self, line: &TranscriptLine) {
        self.update(|known| known.transcript.push(line.clone()));
    }

    /// Wakes those who follow, if anybody does: whoever starts to gets all that is known by then.
    fn update(&self, change: impl FnOnce(&mut Known)) {
        self.known.send_if_modified(|known| {
            change(known);
            // Counted while nobody reads: who is not counted yet reads what was changed.
            self.known.receiver_count() > 0
        });
    }

    /// Whether it is `to` now: what is `other` stays so.
    fn turn(&self, to: Turn, other: Turn) -> bool {
        let mut turned = false;
        self.turn.send_if_modified(|turn| {
            turned = *turn != other;
            // Nobody waits for the message to be handed over, and to be woken for nothing costs the test time.
            turned && std::mem::replace(turn, to) != to && to == Turn::Cancelled
        });
        turned
    }
}

/// Reads along.
#[derive(Debug)]
pub struct ProgressReader {
    started: Instant,
    known: watch::Receiver<Known>,
    /// Lines of the transcript.
    lines_read: usize,
}

impl ProgressReader {
    /// What has changed, as soon as anything has; None when the conversation is over.
    pub async fn next(&mut self) -> Option<LiveReport> {
        self.known.changed().await.ok()?;
        let known = self.known.borrow_and_update();
        let first = std::mem::replace(&mut self.lines_read, known.transcript.len());
        let lines = known.transcript.get(first..).unwrap_or_default().to_vec();
        Some(LiveReport { stages: known.stages.clone(), first, lines, elapsed: micros(self.started) })
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use model::Speaker;

    use super::*;

    #[tokio::test]
    async fn a_reader_gets_each_line_once() {
        let live = ProgressFeed::default();
        let say = |text: &str| {
            let (speaker, text) = (Speaker::Server, text.to_owned());
            live.line(&TranscriptLine { at: 0, speaker, encrypted: false, text });
        };
        let lines = |report: Option<LiveReport>| {
            report.map(|report| (report.first, report.lines.into_iter().map(|line| line.text).collect::<Vec<_>>()))
        };
        say("220 mx");
        let mut follower = live.follow();
        assert_eq!(lines(follower.next().await), Some((0, vec!["220 mx".to_owned()])));
        assert!(follower.next().now_or_never().is_none(), "nothing has changed");
        say("250 a");
        say("250 b");
        assert_eq!(lines(follower.next().await), Some((1, vec!["250 a".to_owned(), "250 b".to_owned()])));
        drop(live);
        assert_eq!(lines(follower.next().await), None);
    }

    #[tokio::test]
    async fn either_it_is_cancelled_or_the_message_is_handed_over() {
        let live = ProgressFeed::default();
        assert!(live.cancel() && live.cancel());
        assert!(live.cancelled().now_or_never().is_some());
        assert!(live.hand_over().now_or_never().is_none(), "what was cancelled is not handed over");

        let live = ProgressFeed::default();
        assert!(live.cancelled().now_or_never().is_none());
        assert!(live.hand_over().now_or_never().is_some());
        assert!(!live.cancel(), "what was handed over is not cancelled");
        assert!(live.cancelled().now_or_never().is_none());
    }
}
