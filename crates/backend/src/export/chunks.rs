//! What is handed on piece by piece, from the database to a reader who may be slow, or leave.

use std::time::{Duration, Instant};

use model::Problem;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

/// Chunks that wait for a reader who is slower than the database.
const AHEAD: usize = 2;
/// A reader who takes nothing for so long is given up.
const IDLE: Duration = Duration::from_secs(30);
/// So is one who has not taken all of it after this, however small the steps.
const WHOLE: Duration = Duration::from_secs(15 * 60);

/// A part of the whole; None is its end.
type Piece<T> = Result<Option<T>, Problem>;

/// The reader's side.
pub struct Chunks<T> {
    from: Receiver<Piece<T>>,
    has_ended: bool,
}

/// The writer's side.
pub struct ChunkSender<T> {
    to: Sender<Piece<T>>,
    idle: Duration,
    until: Instant,
}

/// Why a writer ends early.
pub enum Stopped {
    Failed(Problem),
    /// Its reader is gone, or takes nothing.
    Unread,
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

pub fn channel<T>() -> (ChunkSender<T>, Chunks<T>) {
    channel_within(IDLE, WHOLE)
}

fn channel_within<T>(idle: Duration, whole: Duration) -> (ChunkSender<T>, Chunks<T>) {
    let (to, from) = mpsc::channel(AHEAD);
    (ChunkSender { to, idle, until: Instant::now() + whole }, Chunks { from, has_ended: false })
}

impl<T> Chunks<T> {
    /// The next piece; None at the end. An error ends it, and what came before is not the whole.
    pub async fn next(&mut self) -> Option<Result<T, Problem>> {
        if self.has_ended {
            return None;
        }
        let piece = match self.from.recv().await {
            Some(piece) => piece.transpose(),
            // Its reader took nothing for too long, or it broke: what lacks its end must not look whole.
            None => Some(Err(Problem::Unavailable("The export ended early.".to_owned()))),
        };
        self.has_ended = !matches!(piece, Some(Ok(_)));
        piece
    }
}

impl<T> ChunkSender<T> {
    pub async fn give(&self, piece: T) -> Result<(), Stopped> {
        self.send(Ok(Some(piece))).await
    }

    /// Nobody reads any more.
    pub fn is_closed(&self) -> bool {
        self.to.is_closed()
    }

    /// Says the end, or why it ends early.
    pub async fn end(self, result: Result<(), Stopped>) {
        let last = match result {
            Ok(()) => Ok(None),
            Err(Stopped::Unread) => return,
            Err(Stopped::Failed(problem)) => {
                tracing::warn!(%problem, "an export ended early");
                Err(problem)
            }
        };
        // A reader who has left needs no end.
        self.send(last).await.ok();
    }

    async fn send(&self, piece: Piece<T>) -> Result<(), Stopped> {
        let limit = self.idle.min(self.until.saturating_duration_since(Instant::now()));
        match timeout(limit, self.to.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Stopped::Unread),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_who_takes_nothing_or_too_little_is_given_up_and_sees_no_end() {
        let (short, long) = (Duration::from_millis(20), Duration::from_secs(600));
        for (idle, whole) in [(short, long), (long, short)] {
            let (to, mut pieces) = channel_within(idle, whole);
            let mut given = 0;
            while to.give(given).await.is_ok() {
                given += 1;
            }
            to.end(Err(Stopped::Unread)).await;
            assert_eq!(given, AHEAD);
            for piece in 0..given {
                assert_eq!(pieces.next().await, Some(Ok(piece)));
            }
            assert!(matches!(pieces.next().await, Some(Err(Problem::Unavailable(_)))));
            assert_eq!(pieces.next().await, None);
        }
    }

    #[tokio::test]
    async fn what_lacks_its_end_is_an_error() {
        for ends in [true, false] {
            let (to, mut pieces) = channel();
            to.give(1).await.ok();
            if ends {
                to.end(Ok(())).await
            } else {
                drop(to)
            }
            assert_eq!(pieces.next().await, Some(Ok(1)));
            assert_eq!(pieces.next().await.is_some_and(|piece| piece.is_err()), !ends);
            assert_eq!(pieces.next().await, None);
        }
    }
}
