//! Texts that a spreadsheet would run as a formula, in files that it opens: an apostrophe before them makes them text
//! there, and comes off again where the file is read.

use std::borrow::Cow;

/// The characters that begin a formula in a spreadsheet: <https://owasp.org/www-community/attacks/CSV_Injection>.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn is_guarded(text: &str) -> bool {
    text.starts_with('\'') && begins_formula(text.trim_start_matches('\''))
}

fn begins_formula(text: &str) -> bool {
    // Most texts begin with a letter.
    !text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) && text.starts_with(FORMULA)
}

/// A text as a field of CSV. One that begins with such an apostrophe by itself gets another: whoever reads the file
/// back can tell them apart.
pub fn guarded(text: Cow<'_, str>) -> Cow<'_, str> {
    if begins_formula(&text) { format!("'{text}").into() } else { guarded_apostrophe(text) }
}

/// A text as a cell that is known to be a text, which needs no apostrophe: only one that begins with one by itself gets
/// another, since an apostrophe that came from CSV by way of a spreadsheet comes off.
pub fn guarded_apostrophe(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_guarded(&text) { format!("'{text}").into() } else { text }
}

/// The text of a field or a cell, without the apostrophe that stands before it.
pub fn unguarded(text: &str) -> &str {
    if is_guarded(text) { &text[1..] } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_begins_a_formula_and_every_text_comes_back() {
        let check = |text: &str, field: &str| {
            assert_eq!(guarded(text.into()), field);
            assert_eq!(unguarded(field), text);
            // From a workbook that was exported, and from a CSV that a spreadsheet saved as a workbook.
            assert_eq!(unguarded(&guarded_apostrophe(text.into())), text);
        };
        for formula in ["=1+1", "+31", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"] {
            check(formula, &format!("'{formula}"));
            assert_eq!(guarded_apostrophe(formula.into()), formula);
        }
        check("ops@nordhavn.example", "ops@nordhavn.example");
        check("'=1", "''=1");
        check("''=1", "'''=1");
        check("'quoted'", "'quoted'");
        check("'", "'");
        check("", "");
    }
}
