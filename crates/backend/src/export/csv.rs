//! Comma-separated values: RFC 4180, in UTF-8. Spreadsheets take it for UTF-8 where a byte-order mark says so, and for
//! the machine's old encoding where none does.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};
use model::{AccountField, Cell, Moment};
use store::StoreError;
use store::rows::Record;

use super::ByteOrderMark;

pub fn head(fields: &[AccountField], mark: ByteOrderMark) -> Vec<u8> {
    let begin = if mark == ByteOrderMark::Written { "\u{feff}" } else { "" };
    let mut writer = writer(begin.into());
    write(&mut writer, fields.iter().map(|field| field.label().into()));
    octets(writer)
}

pub fn rows(records: &[Record], fields: &[AccountField], now: Moment) -> Result<Vec<u8>, StoreError> {
    let mut writer = writer(Vec::new());
    for record in records {
        write(&mut writer, record.cells(fields, now)?.iter().map(field));
    }
    Ok(octets(writer))
}

fn writer(begin: Vec<u8>) -> Writer<Vec<u8>> {
    WriterBuilder::new().terminator(Terminator::CRLF).from_writer(begin)
}

/// Memory takes all that is written, and every line has as many fields as there are columns: nothing here fails.
fn write<'a>(writer: &mut Writer<Vec<u8>>, texts: impl Iterator<Item = Cow<'a, str>>) {
    for text in texts {
        writer.write_field(text.as_bytes()).ok();
    }
    writer.write_record(None::<&[u8]>).ok();
}

fn octets(writer: Writer<Vec<u8>>) -> Vec<u8> {
    writer.into_inner().unwrap_or_default()
}

/// The characters that begin a formula in a spreadsheet: <https://owasp.org/www-community/attacks/CSV_Injection>.
pub const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text that a spreadsheet would run as a formula gets an apostrophe before it, which makes it text there. So does
/// one that begins with such an apostrophe by itself: whoever reads the file back can tell them apart.
fn field<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    let text = cell.text();
    // Most texts begin with a letter.
    let is_plain = |text: &str| text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    let is_guarded = |text: &str| !is_plain(text) && text.trim_start_matches('\'').starts_with(FORMULA);
    if matches!(cell, Cell::Text(_)) && is_guarded(&text) { format!("'{text}").into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_begins_a_formula() {
        let check = |text: &str, said: &str| {
            assert_eq!(field(&Cell::Text(text.into())), said);
        };
        for formula in ["=1+1", "+31", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"] {
            check(formula, &format!("'{formula}"));
        }
        check("ops@nordhavn.example", "ops@nordhavn.example");
        check("'=1", "''=1");
        check("''=1", "'''=1");
        check("'quoted'", "'quoted'");
        check("'", "'");
        check("", "");
        assert_eq!(field(&Cell::Number(-1)), "-1");
    }
}
