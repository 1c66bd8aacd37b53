//! Letters in capitals and not, in any script: comparing without regard to them, and beginning a sentence.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;

/// NFKC and full case folding: what stored copies and search terms are compared by.
/// "Straße", "STRASSE" and "ｓｔｒａｓｓｅ" fold to the same text.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let folded = CaseMapper::new().fold_string(&nfkc.normalize(text)).into_owned();
    // Folding can leave NFKC (for instance U+0345), so that a second pass is needed for a stable form.
    nfkc.normalize(&folded).into_owned()
}

/// Words as the beginning of a sentence.
pub fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Where `term` stands in `value` without regard to case: a range of bytes of `value`, to be marked in a list.
pub fn find(value: &str, term: &str) -> Option<(usize, usize)> {
    let wanted = fold(term);
    if wanted.is_empty() {
        return None;
    }
    // The folded text with, for each of its bytes, the place in `value` that it came from.
    let (mut folded, mut origin) = (String::new(), Vec::new());
    for (at, character) in value.char_indices() {
        let piece = fold(&value[at..at + character.len_utf8()]);
        origin.resize(origin.len() + piece.len(), at);
        folded.push_str(&piece);
    }
    let start = folded.find(&wanted)?;
    let last = origin[start + wanted.len() - 1];
    let end = last + value[last..].chars().next().map_or(0, char::len_utf8);
    Some((origin[start], end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_folds_alike_whatever_its_case_and_width() {
        let check = |a: &str, b: &str| assert_eq!(fold(a), fold(b), "{a} and {b}");
        check("Straße", "STRASSE");
        check("ｓｔｒａｓｓｅ", "strasse");
        check("ΣΊΣΥΦΟΣ", "σίσυφος");
        check("İstanbul", "i\u{307}stanbul");
        check("Cafe\u{301}", "CAFÉ");
        check("НОРДХАВН", "нордхавн");
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for character in (0..0x11_0000u32).filter_map(char::from_u32) {
            let once = fold(&character.to_string());
            assert_eq!(fold(&once), once, "U+{:04X}", character as u32);
        }
    }

    #[test]
    fn a_term_is_found_where_a_reader_sees_it() {
        let check = |value: &str, term: &str, found: Option<&str>| {
            assert_eq!(find(value, term).map(|(from, to)| &value[from..to]), found, "{term} in {value}");
        };
        check("Nordhavn billing", "HAVN", Some("havn"));
        check("Große Straße 1", "STRASSE", Some("Straße"));
        check("100%_\\", "%_\\", Some("%_\\"));
        check("Nordhavn", "south", None);
        check("Nordhavn", "", None);
        check("Привет", "ИВЕ", Some("иве"));
    }
}
