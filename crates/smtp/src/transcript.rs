//! The transcript: who said what, when, and whether it travelled encrypted. Bounded, whatever the server sends.

use std::sync::Arc;
use std::time::Instant;

use model::{Speaker, TranscriptLine};

use super::progress_feed::ProgressFeed;

/// The most lines that are kept.
const LINES: usize = 500;
/// So many a test has, about.
pub const USUAL: usize = 32;
/// The most text that is kept, in octets.
const OCTETS: usize = 128 * 1024;

#[derive(Debug)]
pub struct Transcript {
    started: Instant,
    encrypted: bool,
    octets: usize,
    lines: Vec<TranscriptLine>,
    /// Who reads along.
    live: Option<Arc<ProgressFeed>>,
}

impl Transcript {
    pub fn new() -> Self {
        Self::followed_by(None)
    }

    pub fn followed_by(live: Option<Arc<ProgressFeed>>) -> Self {
        Self { started: Instant::now(), encrypted: false, octets: 0, lines: Vec::with_capacity(USUAL), live }
    }

    /// Microseconds since the start.
    pub fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub fn client(&mut self, text: &str) {
        self.push(Speaker::Client, text.to_owned());
    }

    /// `text` has been made visible.
    pub fn server(&mut self, text: String) {
        self.push(Speaker::Server, text);
    }

    pub fn note(&mut self, text: impl Into<String>) {
        self.push(Speaker::Note, text.into());
    }

    /// Tells who reads along what is waited for from here on; it is not kept.
    pub fn waiting(&self, fact: impl FnOnce() -> String) {
        if let Some(live) = &self.live {
            live.waiting(fact());
        }
    }

    /// From here on all that is said travels encrypted.
    pub fn encrypted_from_here(&mut self, how: &str) {
        self.encrypted = true;
        self.note(format!("Encrypted from here: {how}"));
    }

    fn push(&mut self, speaker: Speaker, text: String) {
        let full = |octets: usize, lines: usize| lines >= LINES - 1 || octets >= OCTETS;
        if full(self.octets, self.lines.len()) {
            return;
        }
        self.octets += text.len();
        self.keep(speaker, text);
        if full(self.octets, self.lines.len()) {
            self.keep(Speaker::Note, "(the rest is left out)".to_owned());
        }
    }

    fn keep(&mut self, speaker: Speaker, text: String) {
        let line = TranscriptLine { at: self.elapsed(), speaker, encrypted: self.encrypted, text };
        if let Some(live) = &self.live {
            live.line(&line);
        }
        self.lines.push(line);
    }

    pub fn into_lines(self) -> Vec<TranscriptLine> {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_stays_bounded_and_says_so() {
        let mut transcript = Transcript::new();
        for _ in 0..10_000 {
            transcript.server("x".repeat(10));
        }
        let lines = transcript.into_lines();
        assert_eq!(lines.len(), LINES);
        assert_eq!(lines.last().map(|line| line.text.as_str()), Some("(the rest is left out)"));

        let mut transcript = Transcript::new();
        for _ in 0..500 {
            transcript.server("x".repeat(1_000));
        }
        let octets: usize = transcript.into_lines().iter().map(|line| line.text.len()).sum();
        assert!(octets < OCTETS + 2_000, "{octets}");
    }
}
