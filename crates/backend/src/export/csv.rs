//! Comma-separated values: RFC 4180, in UTF-8. Spreadsheets take it for UTF-8 where a byte-order mark says so, and for
//! the machine's old encoding where none does.

use std::borrow::Cow;

use csv::{Terminator, Writer, WriterBuilder};
use model::{AccountField, Cell, Moment};
use store::StoreError;
use store::cells::Record;

use super::ByteOrderMark;
use crate::formula_guard::guarded;

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

/// What somebody typed may begin a formula.
fn field<'a>(cell: &'a Cell<'_>) -> Cow<'a, str> {
    if matches!(cell, Cell::Text(_)) { guarded(cell.text()) } else { cell.text() }
}
