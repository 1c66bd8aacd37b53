//! The transcript: who said what, when, and whether it travelled encrypted. Bounded, whatever the server sends.

use std::time::Instant;

use model::{Speaker, TranscriptLine};

/// The most lines that are kept.
const LINES: usize = 500;
/// The most text that is kept, in octets.
const OCTETS: usize = 128 * 1024;

#[derive(Debug)]
pub struct Transcript {
    started: Instant,
    encrypted: bool,
    octets: usize,
    lines: Vec<TranscriptLine>,
}

impl Transcript {
    pub fn new() -> Self {
        Self { started: Instant::now(), encrypted: false, octets: 0, lines: Vec::new() }
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
        self.lines.push(TranscriptLine { at: self.elapsed(), speaker, encrypted: self.encrypted, text });
        if full(self.octets, self.lines.len()) {
            self.lines.push(TranscriptLine {
                at: self.elapsed(),
                speaker: Speaker::Note,
                encrypted: self.encrypted,
                text: "(the rest is left out)".to_owned(),
            });
        }
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
