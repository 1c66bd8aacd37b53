//! What a server sent, as text that cannot act: control characters, marks of direction and bytes that are no text
//! become visible, and the length is bounded.

use std::fmt::Write;

/// The longest text kept of one line, in characters as shown.
const MAX_CHARACTERS: usize = 512;

/// Escape sequences for control characters and broken UTF-8 (`\x1b`), names for invisible characters (`<U+202E>`).
pub fn escape_controls(raw: &[u8]) -> String {
    // As nearly every line is.
    if let (true, Ok(text)) = (raw.iter().all(|byte| (b' '..=b'~').contains(byte)), str::from_utf8(raw)) {
        return bounded(text.to_owned());
    }
    let mut text = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            push(&mut text, c);
        }
        for byte in chunk.invalid() {
            escape(&mut text, *byte);
        }
    }
    bounded(text)
}

fn push(text: &mut String, c: char) {
    match c {
        // A tab moves columns about in a terminal; to a reader it is a space.
        '\t' => text.push(' '),
        c if c.is_ascii_control() => escape(text, c as u8),
        c if acts(c) => {
            // Writing to a String cannot fail.
            let _ = write!(text, "<U+{:04X}>", c as u32);
        }
        c => text.push(c),
    }
}

fn escape(text: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(text, "\\x{byte:02x}");
}

/// Characters that change how their neighbours look, or that nobody sees.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

fn bounded(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_could_act_is_made_visible() {
        let check = |raw: &[u8], shown: &str| assert_eq!(escape_controls(raw), shown, "{raw:?}");
        check(b"mx1.nordhavn.example ESMTP", "mx1.nordhavn.example ESMTP");
        check("Grüße, 世界".as_bytes(), "Grüße, 世界");
        check(b"\x1b[31mred\x07", "\\x1b[31mred\\x07");
        check(b"a\rb\nc\0d\te", "a\\x0db\\x0ac\\x00d e");
        check("exe.\u{202E}txt".as_bytes(), "exe.<U+202E>txt");
        check("a\u{200B}b\u{85}c\u{FEFF}\u{E0041}".as_bytes(), "a<U+200B>b<U+0085>c<U+FEFF><U+E0041>");
        check(b"caf\xe9 \xff\xfe", "caf\\xe9 \\xff\\xfe");
        check(b"<script>alert(1)</script>", "<script>alert(1)</script>");
    }

    #[test]
    fn a_long_line_is_cut_where_a_character_ends() {
        let shown = escape_controls("é".repeat(2_000).as_bytes());
        assert_eq!(shown.chars().count(), MAX_CHARACTERS + 1);
        assert!(shown.ends_with('…'));
    }
}
