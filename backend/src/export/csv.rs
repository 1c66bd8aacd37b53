//! Comma-separated values: RFC 4180, in UTF-8, without a byte-order mark.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};
use model::{AccountRow, Cell, Column};

pub fn head(columns: &[Column]) -> Vec<u8> {
    written(|writer| writer.write_record(columns.iter().map(|column| column.label())))
}

pub fn rows(rows: &[AccountRow], columns: &[Column]) -> Vec<u8> {
    written(|writer| {
        for row in rows {
            for column in columns {
                writer.write_field(field(&row.cell(*column)).as_bytes())?;
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

/// A text that a spreadsheet would run as a formula gets an apostrophe before it, which makes it text there. The first
/// character decides: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn field<'a>(cell: &'a Cell<'a>) -> Cow<'a, str> {
    let text = cell.text();
    let is_text = matches!(cell, Cell::Text(_));
    match is_text && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}").into(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_begins_a_formula() {
        let check = |text, said: &str| assert_eq!(field(&Cell::Text(text)), said);
        for formula in ["=1+1", "+31", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"] {
            check(formula, &format!("'{formula}"));
        }
        check("ops@nordhavn.example", "ops@nordhavn.example");
        check("'=1", "'=1");
        check("", "");
        assert_eq!(field(&Cell::Number(-1)), "-1");
    }
}
