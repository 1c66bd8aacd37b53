//! What was signed in with never comes back: where a server or a proxy repeats it, "(hidden)" stands instead.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::{self, Write};

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

/// What stands for whatever is kept back, however long it was.
pub const HIDDEN: &str = "(hidden)";
/// A run of so many octets of what was exchanged is no accident.
const RUN: usize = 8;
/// A shorter secret is hidden only where it stands alone: within words, its absence would spell it out.
const SHORT: usize = 4;

/// What is covered from now on.
#[derive(Default)]
pub struct Redaction {
    whole: Vec<Zeroizing<Vec<u8>>>,
    runs: Vec<Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction")
    }
}

impl Redaction {
    /// Covers the secret itself, and its two usual spellings.
    pub fn secret(&mut self, secret: &str) {
        let octets = secret.as_bytes();
        self.whole.push(Zeroizing::new(octets.to_vec()));
        self.whole.push(Zeroizing::new(Base64Unpadded::encode_string(octets).into_bytes()));
        self.whole.push(Zeroizing::new(percent_encoded(octets).into_bytes()));
    }

    /// Covers what travelled, also where only a part of it is repeated.
    pub fn exchanged(&mut self, text: &[u8]) {
        let text = Zeroizing::new(text.to_vec());
        match text.len() {
            0 => {}
            1..RUN => self.whole.push(text),
            _ => self.runs.push(text),
        }
    }

    /// The text without what is hidden.
    pub fn cover<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if self.whole.is_empty() && self.runs.is_empty() {
            return Cow::Borrowed(text);
        }
        self.without(text, self.marks(text))
    }

    /// As [`Self::cover`], for a text that may have been cut in the middle of a secret.
    pub fn cover_cut<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let mut marks = self.marks(text);
        for word in &self.whole {
            let longest = word.len().min(text.len() + 1).saturating_sub(1);
            if let Some(part) = (SHORT..=longest).rev().find(|&part| text.ends_with(&word[..part])) {
                let from = marks.len() - part;
                marks[from..].fill(true);
            }
        }
        self.without(text, marks)
    }

    fn marks(&self, text: &[u8]) -> Vec<bool> {
        let mut marks = vec![false; text.len()];
        for word in self.whole.iter().filter(|word| !word.is_empty()) {
            for at in 0..=text.len().saturating_sub(word.len()) {
                if text[at..].starts_with(word) && (word.len() >= SHORT || alone(text, at, word.len())) {
                    marks[at..at + word.len()].fill(true);
                }
            }
        }
        for run in &self.runs {
            let known: HashSet<&[u8]> = run.windows(RUN).collect();
            for (at, window) in text.windows(RUN).enumerate() {
                if known.contains(window) {
                    marks[at..at + RUN].fill(true);
                }
            }
        }
        marks
    }

    fn without<'a>(&self, text: &'a [u8], marks: Vec<bool>) -> Cow<'a, [u8]> {
        if !marks.contains(&true) {
            return Cow::Borrowed(text);
        }
        let mut covered = Vec::with_capacity(text.len());
        let mut before = false;
        for (&octet, hidden) in text.iter().zip(marks) {
            match (hidden, before) {
                (true, false) => covered.extend_from_slice(HIDDEN.as_bytes()),
                (true, true) => {}
                (false, _) => covered.push(octet),
            }
            before = hidden;
        }
        Cow::Owned(covered)
    }
}

/// No letter, digit or mark that words and numbers are made of touches it.
fn alone(text: &[u8], at: usize, length: usize) -> bool {
    let joins = |octet: &u8| octet.is_ascii_alphanumeric() || !octet.is_ascii() || b".-_".contains(octet);
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    !before.is_some_and(joins) && !text.get(at + length).is_some_and(joins)
}

fn percent_encoded(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 3);
    for &octet in octets {
        match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(octet.into()),
            // Writing to a String cannot fail.
            _ => drop(write!(text, "%{octet:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::*;

    fn covered(secret: &str, text: &str) -> String {
        let mut redaction = Redaction::default();
        redaction.secret(secret);
        String::from_utf8_lossy(&redaction.cover(text.as_bytes())).into_owned()
    }

    #[test]
    fn a_secret_is_covered_in_each_of_its_spellings() {
        let check = |secret: &str, text: &str, shown: &str| assert_eq!(covered(secret, text), shown, "{secret}");
        check("pa ss%wörd", "no pa ss%wörd here", "no (hidden) here");
        check("pa ss%wörd", "no pa%20ss%25w%C3%B6rd", "no (hidden)");
        check("secret!", "c2VjcmV0IQ==", "(hidden)==");
        check("secret!", "secret!secret!x", "(hidden)x");
        check("secret!", "nothing of it", "nothing of it");
        check("secret!", "", "");
        check("", "all of it", "all of it");
    }

    proptest! {
        #[test]
        fn a_secret_of_some_length_never_stands_in_a_text(
            secret in "[^()a-z]{4,20}", before in "\\PC{0,20}", after in "\\PC{0,20}",
        ) {
            let text = covered(&secret, &format!("{before}{secret}{after}"));
            prop_assert!(!text.contains(&secret), "{text}");
        }
    }

    #[test]
    fn a_short_secret_is_not_spelt_out_by_its_absence() {
        let check = |secret: &str, text: &str, shown: &str| assert_eq!(covered(secret, text), shown, "{secret}");
        check("e", "the letter e, here", "the letter (hidden), here");
        check("2", "2.0.0 Ok: 2 queued", "2.0.0 Ok: (hidden) queued");
        check("🔑", "a 🔑 b", "a (hidden) b");
    }

    #[test]
    fn a_part_of_what_was_exchanged_is_covered() {
        let mut redaction = Redaction::default();
        redaction.exchanged(b"AG9wc0BleGFtcGxlLnRlc3QAczNjcmV0");
        redaction.exchanged(b"YWJj");
        let check = |text: &[u8], shown: &[u8]| {
            assert_eq!(redaction.cover(text).as_ref(), shown, "{}", String::from_utf8_lossy(text));
        };
        check(b"line AUTH PLAIN AG9wc0BleGFtc too long", b"line AUTH PLAIN (hidden) too long");
        check(b"YWJj", b"(hidden)");
        check(b"xYWJj", b"x(hidden)");
        check(b"AG9wc0B", b"AG9wc0B");
    }

    #[test]
    fn a_secret_that_was_cut_off_is_covered() {
        let mut redaction = Redaction::default();
        redaction.secret("correct horse");
        assert_eq!(redaction.cover_cut(b"no: correct hor").as_ref(), b"no: (hidden)");
        assert_eq!(redaction.cover_cut(b"corr").as_ref(), b"(hidden)");
        assert_eq!(redaction.cover_cut(b"no: cor").as_ref(), b"no: cor");
        assert_eq!(redaction.cover_cut(b"").as_ref(), b"");
        assert_eq!(format!("{redaction:?}"), "Redaction");
    }
}
