//! Replies in other character sets than UTF-8, as servers in China, Japan and Russia give them.

use encoding_rs::{GBK, SHIFT_JIS, WINDOWS_1251};

/// The text as it reads in each character set in which its octets are letters; nothing where it is ASCII or UTF-8.
pub fn readings(text: &str) -> impl Iterator<Item = String> {
    let octets = octets(text);
    [GBK, SHIFT_JIS, WINDOWS_1251].into_iter().filter_map(move |charset| {
        let read = charset.decode_without_bom_handling_and_without_replacement(octets.as_deref()?)?;
        Some(read.into_owned())
    })
}

/// The text in Chinese, where its octets are Chinese in GBK and nothing else: no other set has so few gaps.
pub fn chinese(text: &str) -> Option<String> {
    let octets = octets(text)?;
    // Both octets of a letter are beyond ASCII, other than a single "ä" in Latin-1.
    let in_pairs = octets.split(u8::is_ascii).all(|run| run.len().is_multiple_of(2));
    let read = GBK.decode_without_bom_handling_and_without_replacement(&octets)?;
    let in_use = |letter: char| letter.is_ascii() || ('\u{3000}'..='\u{9fff}').contains(&letter) || letter > '\u{ff00}';
    (in_pairs && read.chars().all(in_use)).then(|| read.into_owned())
}

/// The octets that were shown: those that a transcript escapes (`\xd3`) with the UTF-8 between them, else those of text
/// that was read as Latin-1. None where there are none beyond ASCII, or the text has letters of its own.
fn octets(text: &str) -> Option<Vec<u8>> {
    let escaped = |rest: &str| rest.strip_prefix("\\x").and_then(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok());
    let has_escapes =
        text.match_indices('\\').any(|(at, _)| escaped(&text[at..]).is_some_and(|octet| !octet.is_ascii()));
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = if escaped(rest).is_some() { 4 } else { letter.len_utf8() };
        match escaped(rest) {
            Some(octet) => octets.push(octet),
            // Octets of another character set can be UTF-8 by chance.
            None if has_escapes => octets.extend_from_slice(&rest.as_bytes()[..length]),
            None => octets.push(u8::try_from(u32::from(letter)).ok()?),
        }
        rest = &rest[length..];
    }
    octets.iter().any(|octet| !octet.is_ascii()).then_some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_in_the_set_in_which_they_are_letters() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(chinese(text).as_deref(), expected, "{text}");
        check("\\xd3\\xc3\\xbb\\xa7 x", Some("用户 x"));
        check("\\xd3û\\xa7\\xb2\\xbb", Some("用户不"));
        check("ÓÃ»§ x", Some("用户 x"));
        check("用户 x", None);
        check("User unknown \\x", None);
        check("Empfänger unbekannt", None);
        assert_eq!(readings("plain").count(), 0);
        assert!(readings("\\xcf\\xee\\xeb\\xfc\\xe7").any(|read| read == "Польз"));
    }
}
