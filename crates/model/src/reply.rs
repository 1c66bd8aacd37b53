//! Reads the lines of a server's reply (RFC 5321, section 4.2).

use crate::Reply;
use crate::escape_controls::escape_controls;

/// The most lines of one reply.
pub const REPLY_LINES: usize = 128;

impl Reply {
    /// The reply that these lines are: its code is that of the first one.
    pub fn from_lines(lines: Vec<ReplyLine>) -> Self {
        Self {
            code: lines.first().map_or(0, |line| line.code),
            enhanced: lines.iter().find_map(|line| line.enhanced),
            lines: lines.into_iter().map(|line| line.text).collect(),
        }
    }

    /// The server did what it was asked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code) && !self.contradicts_itself()
    }

    /// The code says that it succeeded, and the enhanced code that it did not (RFC 2034, section 4, forbids that).
    pub fn contradicts_itself(&self) -> bool {
        (200..300).contains(&self.code) && matches!(self.enhanced, Some((4 | 5, ..)))
    }

    /// A refusal that may pass by itself (RFC 5321, section 4.2.1).
    pub fn is_temporary(&self) -> bool {
        match self.enhanced {
            Some((class, ..)) if self.contradicts_itself() => class == 4,
            _ => (400..500).contains(&self.code),
        }
    }

    /// A reply that was written down line by line; None where a line is none of a reply.
    pub fn parse(lines: &[&str]) -> Option<Self> {
        let parsed: Option<Vec<ReplyLine>> = lines
            .iter()
            .take(REPLY_LINES)
            .map(|line| ReplyLine::parse(line.as_bytes(), &escape_controls(line.as_bytes())))
            .collect();
        parsed.filter(|lines| !lines.is_empty()).map(Self::from_lines)
    }
}

/// One line of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLine {
    /// The reply code: 200 to 599.
    pub code: u16,
    /// No other one follows.
    pub last: bool,
    /// Class, subject and detail (RFC 3463), where the server gives them.
    pub enhanced: Option<(u8, u16, u16)>,
    /// The rest of the line, with control characters escaped.
    pub text: String,
}

impl ReplyLine {
    /// Reads a line; None where it is none of a reply. `shown` is the same line with its control characters escaped.
    pub fn parse(raw: &[u8], shown: &str) -> Option<Self> {
        let digits = raw.get(..3)?;
        if !could_be_reply(raw) {
            return None;
        }
        let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        // What stands before the text is shown as it came.
        let text = raw.get(3).filter(|&byte| b" -".contains(byte)).and_then(|_| shown.get(4..)).unwrap_or_default();
        let (enhanced, text) = match split_enhanced(code, text) {
            Some((enhanced, rest)) => (Some(enhanced), rest),
            None => (None, text),
        };
        Some(Self { code, last: raw.get(3) != Some(&b'-'), enhanced, text: text.to_owned() })
    }
}

/// Whether a reply can begin like this: three digits from 200 to 599, then a space, a hyphen or the line's end.
pub fn could_be_reply(start: &[u8]) -> bool {
    start.iter().take(4).enumerate().all(|(i, byte)| match i {
        0 => (b'2'..=b'5').contains(byte),
        1 | 2 => byte.is_ascii_digit(),
        _ => b" -\r\n".contains(byte),
    })
}

/// The enhanced status code at the start of a text, whose class agrees with the reply code (RFC 2034, section 4), or
/// takes a success back.
fn split_enhanced(code: u16, text: &str) -> Option<((u8, u16, u16), &str)> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut parts = word.split('.');
    let class = parts.next()?;
    let number = |part: &str| match part.len() {
        1..=3 if part.bytes().all(|byte| byte.is_ascii_digit()) => part.parse::<u16>().ok(),
        _ => None,
    };
    let (subject, detail) = (number(parts.next()?)?, number(parts.next()?)?);
    let class = match (class, code / 100) {
        ("2", 2) => 2,
        ("4", 2 | 4) => 4,
        ("5", 2 | 5) => 5,
        _ => return None,
    };
    parts.next().is_none().then_some(((class, subject, detail), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_success_that_its_enhanced_code_takes_back_is_none() {
        let check = |line: &str, is_success, is_temporary| {
            let reply = Reply::parse(&[line]).expect(line);
            assert_eq!((reply.is_success(), reply.is_temporary()), (is_success, is_temporary), "{line}");
            assert_eq!(reply.to_string(), line);
        };
        check("250 2.0.0 Ok", true, false);
        check("250 Ok", true, false);
        check("250 5.7.1 Message refused", false, false);
        check("250 4.2.0 Come back later", false, true);
        check("235 5.7.8 Failed", false, false);
        check("250 5.7 GB used", true, false);
        check("451 4.7.1 Greylisted", false, true);
        check("451 5.7.1 of another class", false, true);
        check("550 5.1.1 No such user", false, false);
        check("354 Go on", false, false);
    }
}
