//! A reply in the form that rules are compared with.

use model::Reply;

use super::charset::readings;
use super::letters::plain;

pub struct ReplyText {
    pub code: u16,
    pub enhanced: Option<String>,
    /// In small letters without accents, on one line, with a space at either end: " spam" is the beginning of a word.
    pub text: String,
}

impl ReplyText {
    pub fn of(reply: &Reply) -> Self {
        let enhanced = reply.enhanced.or_else(|| enhanced_in(reply));
        let enhanced = enhanced.map(|(class, subject, detail)| format!("{class}.{subject}.{detail}"));
        let said = reply.lines.join(" ");
        let mut text = format!(" {} ", plain(&said).split_whitespace().collect::<Vec<_>>().join(" "));
        for reading in readings(&said) {
            text.push_str(&plain(&reading));
            text.push(' ');
        }
        Self { code: reply.code, enhanced, text }
    }
}

/// An enhanced status that does not stand where RFC 2034 has it: Cisco writes `#5.1.0` before the words, qmail
/// `(#5.7.1)` behind them.
fn enhanced_in(reply: &Reply) -> Option<(u8, u16, u16)> {
    let marked = reply.lines.iter().find_map(|line| line.split_once('#'))?.1;
    let found = enhanced(marked.split(|c: char| c != '.' && !c.is_ascii_digit()).next()?)?;
    (u16::from(found.0) == reply.code / 100).then_some(found)
}

/// Reads "5.7.1".
fn enhanced(word: &str) -> Option<(u8, u16, u16)> {
    let mut parts = word.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |part: &str| part.parse::<u16>().ok().filter(|number| *number < 1_000);
    let found = (class.parse().ok()?, number(subject)?, number(detail)?);
    parts.next().is_none().then_some(found)
}

/// A reply that contradicts itself, as the failure that its enhanced status names; None for every other reply.
pub fn contradiction(reply: &Reply) -> Option<Reply> {
    let (class, ..) = reply.enhanced.filter(|_| reply.contradicts_itself())?;
    Some(Reply { code: u16::from(class) * 100 + 50, ..reply.clone() })
}
