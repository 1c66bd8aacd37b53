//! Comma-separated values: RFC 4180, in UTF-8, without a byte-order mark.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};

use super::{Cell, Row};
use crate::fields::Field;

pub fn head(fields: &[Field]) -> Vec<u8> {
    written(|writer| writer.write_record(fields.iter().map(|field| field.label())))
}

pub fn rows(rows: &[Row]) -> Vec<u8> {
    written(|writer| {
        for row in rows {
            for cell in row {
                writer.write_field(field(cell).as_bytes())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    })
}

fn written(write: impl FnOnce(&mut Writer<Vec<u8>>) -> csv::Result<()>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    // Memory takes all that is written, and every record has as many fields as there are columns.
    write(&mut writer).ok();
    writer.into_inner().unwrap_or_default()
}

/// The characters that begin a formula in a spreadsheet: <https://owasp.org/www-community/attacks/CSV_Injection>.
pub const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text that a spreadsheet would run as a formula gets an apostrophe before it, which makes it text there. So does
/// one that begins with such an apostrophe by itself: whoever reads the file back can tell them apart.
fn field(cell: &Cell) -> Cow<'_, str> {
    let text = cell.text();
    let is_guarded = |text: &str| text.trim_start_matches('\'').starts_with(FORMULA);
    match matches!(cell, Cell::Text(_)) && is_guarded(&text) {
        true => format!("'{text}").into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_begins_a_formula() {
        let check = |text: &str, said: &str| {
            assert_eq!(field(&Cell::Text(text.to_owned())), said);
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
