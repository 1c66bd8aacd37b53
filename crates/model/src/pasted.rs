//! Characters that come along when a text is pasted, and are seldom meant: what nobody sees, and what a word processor
//! made of a space or a quotation mark. A secret or a user name with one of them looks right and does not sign in.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::address::is_invisible;

/// What a person wants done with such characters. No answer is given for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PastedAnswer {
    /// Nothing was answered: a text that has any is refused.
    #[default]
    Ask,
    /// They are taken out.
    TakeOut,
    /// They belong to the text.
    Keep,
}

/// A text that may have been pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pasted {
    /// The name to sign in with.
    UserName,
    /// A password, or what stands in its place. No message quotes it.
    Secret,
}

impl PastedAnswer {
    /// The text as it is to be kept; else a sentence that names what came along and asks.
    pub fn applied<'a>(self, what: Pasted, text: &'a str) -> Result<Cow<'a, str>, String> {
        match (self, what.found_in(text)) {
            (Self::Keep, _) | (_, None) => Ok(text.into()),
            (Self::TakeOut, Some(_)) => Ok(what.cleaned(text).into()),
            (Self::Ask, Some(found)) => Err(format!("{found} Choose whether to take this out or to keep it.")),
        }
    }
}

impl Pasted {
    const fn label(self) -> &'static str {
        match self {
            Self::UserName => "The user name",
            Self::Secret => "The secret",
        }
    }

    /// Which characters came along and where, in a sentence: "The secret begins with a tab and has a no-break space
    /// inside (character 5)."
    pub fn found_in(self, text: &str) -> Option<String> {
        self.sentence(text, positions)
    }

    /// The same without the numbers of the characters, which say how long a secret is.
    pub fn kinds_in(self, text: &str) -> Option<String> {
        self.sentence(text, |_| String::new())
    }

    fn sentence(self, text: &str, positions: impl Fn(&[usize]) -> String) -> Option<String> {
        let core = text.trim_matches(is_beside);
        let begins = text.len() - text.trim_start_matches(is_beside).len();
        let (before, after) = (&text[..begins], &text[(begins + core.len()).min(text.len())..]);
        let mut parts = Vec::new();
        if !before.is_empty() {
            parts.push(format!("begins with {}", together(before.chars().filter_map(beside).collect())));
        }
        let mut inside: Vec<(&str, Vec<usize>)> = Vec::new();
        for (number, c) in (before.chars().count() + 1..).zip(core.chars()) {
            let Some(name) = name(c) else { continue };
            match inside.iter_mut().find(|(known, _)| *known == name) {
                Some((_, numbers)) => numbers.push(number),
                None => inside.push((name, vec![number])),
            }
        }
        parts.extend(inside.iter().map(|(name, numbers)| format!("has {name} inside{}", positions(numbers))));
        if !after.is_empty() {
            parts.push(format!("ends with {}", together(after.chars().filter_map(beside).collect())));
        }
        if self == Self::Secret && is_app_password(core) {
            parts.push("has spaces inside, as Google shows an app password".to_owned());
        }
        (!parts.is_empty()).then(|| format!("{} {}.", self.label(), listed(&parts)))
    }

    /// The text without them: curly quotation marks around it are left out, others become straight ones; unusual spaces
    /// inside become usual ones.
    fn cleaned(self, text: &str) -> String {
        let core = text.trim_matches(is_beside);
        let core = unquoted(core).unwrap_or(core);
        let cleaned = core.chars().filter_map(|c| match (name(c), c) {
            (None, c) => Some(c),
            (Some(_), '\u{2018}'..='\u{201B}') => Some('\''),
            (Some(_), '\u{201C}'..='\u{201F}') => Some('"'),
            (Some(NO_BREAK_SPACE | UNUSUAL_SPACE), _) => Some(' '),
            (Some(_), _) => None,
        });
        let cleaned: String = cleaned.collect();
        if self == Self::Secret && is_app_password(core) { cleaned.replace(' ', "") } else { cleaned }
    }
}

const NO_BREAK_SPACE: &str = "a no-break space";
const UNUSUAL_SPACE: &str = "an unusual space";
const CURLY_QUOTE: &str = "a curly quotation mark";

/// What a character is called that is seldom meant, wherever it stands.
fn name(c: char) -> Option<&'static str> {
    match c {
        '\t' => Some("a tab"),
        '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some("a line break"),
        '\u{A0}' | '\u{2007}' | '\u{202F}' => Some(NO_BREAK_SPACE),
        '\u{AD}' => Some("a soft hyphen"),
        '\u{200B}' => Some("a zero-width space"),
        '\u{FEFF}' => Some("a byte-order mark"),
        '\u{2018}'..='\u{201F}' => Some(CURLY_QUOTE),
        ' ' => None,
        c if c.is_whitespace() => Some(UNUSUAL_SPACE),
        // A NUL is refused, whatever is answered.
        c if c.is_control() && c != '\0' => Some("a control character"),
        c if is_invisible(c) => Some("an invisible character"),
        _ => None,
    }
}

/// The same of what stands before or behind a text, where a space is not meant either.
fn beside(c: char) -> Option<&'static str> {
    if c == ' ' { Some("a space") } else { name(c).filter(|name| *name != CURLY_QUOTE) }
}

fn is_beside(c: char) -> bool {
    beside(c).is_some()
}

/// What stands between curly quotation marks.
fn unquoted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix(['\u{2018}', '\u{201A}', '\u{201C}', '\u{201D}', '\u{201E}'])?;
    inner.strip_suffix(['\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}']).filter(|inner| !inner.is_empty())
}

/// Google shows a password for apps as four groups of four letters; the spaces are no part of it:
/// <https://support.google.com/accounts/answer/185833>.
fn is_app_password(text: &str) -> bool {
    let groups: Vec<_> = text.split([' ', '\u{A0}']).collect();
    let is_group = |group: &&str| group.len() == 4 && group.bytes().all(|octet| octet.is_ascii_lowercase());
    groups.len() == 4 && groups.iter().all(is_group)
}

/// " (characters 3 and 7)"
fn positions(numbers: &[usize]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<_> = numbers.iter().take(SHOWN).map(ToString::to_string).collect();
    if numbers.len() > SHOWN {
        shown.push(format!("{} more", numbers.len() - SHOWN));
    }
    format!(" (character{} {})", if numbers.len() == 1 { "" } else { "s" }, listed(&shown))
}

/// Each name once.
fn together(names: Vec<&str>) -> String {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.iter().any(|known| known == name) {
            once.push(name.to_owned());
        }
    }
    listed(&once)
}

/// "a, b and c"
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pasted_along_is_named_by_kind_and_place() {
        let check = |text: &str, said: &str| {
            assert_eq!(Pasted::Secret.found_in(text).unwrap_or_default(), said, "{text:?}");
        };
        for right in ["", "hunter2", "correct horse battery", "Äpfel€7", "🔑🔑", "密码", "\"'%`$\\", "abcd efgh ijkl"]
        {
            check(right, "");
        }
        check("\u{A0}hunter2", "The secret begins with a no-break space.");
        check(" \u{A0} hunter2\t", "The secret begins with a space and a no-break space and ends with a tab.");
        check("hunter\u{200B}2", "The secret has a zero-width space inside (character 7).");
        check(
            "a\u{200B}b\u{200B}",
            "The secret has a zero-width space inside (character 2) and ends with a zero-width space.",
        );
        check("“hunter2”", "The secret has a curly quotation mark inside (characters 1 and 9).");
        check("a\tb\tc\td\te\tf\tg\th", "The secret has a tab inside (characters 2, 4, 6, 8, 10 and 2 more).");
        check("hunter2\r\n", "The secret ends with a line break.");
        check(
            "a\u{AD}b\u{3000}c\u{202E}d\u{1}e",
            "The secret has a soft hyphen inside (character 2), has an unusual space inside (character 4), has an \
             invisible character inside (character 6) and has a control character inside (character 8).",
        );
        check("abcd efgh ijkl mnop", "The secret has spaces inside, as Google shows an app password.");
        check(" ", "The secret begins with a space.");
        assert_eq!(Pasted::UserName.found_in("abcd efgh ijkl mnop"), None);
        let kinds = Pasted::Secret.kinds_in("\u{FEFF}hunter\t2");
        assert_eq!(kinds.as_deref(), Some("The secret begins with a byte-order mark and has a tab inside."));
    }

    #[test]
    fn what_was_pasted_along_is_taken_out_or_kept_as_the_answer_says() {
        let check = |text: &str, cleaned: &str| {
            assert_eq!(PastedAnswer::TakeOut.applied(Pasted::Secret, text).as_deref(), Ok(cleaned), "{text:?}");
            assert_eq!(PastedAnswer::Keep.applied(Pasted::Secret, text).as_deref(), Ok(text), "{text:?}");
            assert_eq!(PastedAnswer::Ask.applied(Pasted::Secret, text).is_ok(), text == cleaned, "{text:?}");
            // Once is enough.
            assert_eq!(Pasted::Secret.found_in(cleaned), None, "{text:?}");
        };
        check("correct horse", "correct horse");
        check("\u{A0}hunter2 \t", "hunter2");
        check("hun\u{200B}ter\u{AD}2\u{FEFF}", "hunter2");
        check("“hunter2”", "hunter2");
        check(" „hunter2“\n", "hunter2");
        check("it’s “so”", "it's \"so\"");
        check("correct\u{A0}horse", "correct horse");
        check("abcd efgh ijkl mnop", "abcdefghijklmnop");
        check("\u{A0}abcd\u{A0}efgh\u{A0}ijkl\u{A0}mnop", "abcdefghijklmnop");
        check(" ", "");
    }

    #[test]
    fn every_character_is_taken_out_for_good_or_named_by_nothing() {
        // What is seldom meant stands in the plane of all living scripts.
        for c in (0..0x1_0000u32).filter_map(char::from_u32) {
            for text in [format!("{c}a"), format!("a{c}a"), format!("a{c}")] {
                let cleaned = Pasted::Secret.cleaned(&text);
                assert_eq!(Pasted::Secret.found_in(&cleaned), None, "U+{:04X}", c as u32);
                let is_named = Pasted::Secret.found_in(&text).is_some();
                assert_eq!(is_named, cleaned != text, "U+{:04X}", c as u32);
            }
        }
    }
}
