//! Comma-separated values: what `export/csv.rs` writes, and what a spreadsheet makes of it, which may be semicolons.

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};
use model::{ExportFormat, Problem};

use super::table::{Head, Row, Table, heads, malformed, text};
use crate::export::FORMULA;

pub fn read(file: &[u8]) -> Result<Table, Problem> {
    let text = text(file)?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let columns =
        heads(reader.headers().map_err(|error| malformed(format!("The head cannot be read: {error}.")))?.iter())?;
    let mut table = Table::new(ExportFormat::Csv);
    let mut record = StringRecord::new();
    let mut lines = Lines { text: text.as_bytes(), counted: 0, line: 1 };
    while reader.read_record(&mut record).map_err(|error| unread(&error, &mut lines))? {
        let number = lines.at(record.position());
        let mut cells = Vec::with_capacity(columns.len());
        for (head, text) in columns.iter().zip(&record) {
            match head {
                Head::Field(field) => cells.push((*field, unguarded(text).to_owned())),
                Head::Ignored(label) => table.ignore(label),
            }
        }
        table.push(Row { number, cells })?;
    }
    Ok(table)
}

/// Counts lines as an editor does; the reader's own count stands before the line's end, and before empty lines.
struct Lines<'a> {
    text: &'a [u8],
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, position: Option<&Position>) -> u64 {
        let end = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.counted);
        let ends = self.text[end..].iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
        let passed = &self.text[self.counted..end + ends];
        self.line += passed.iter().filter(|octet| **octet == b'\n').count() as u64;
        self.counted = end + ends;
        self.line
    }
}

fn unread(error: &csv::Error, lines: &mut Lines<'_>) -> Problem {
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = lines.at(pos.as_ref());
            malformed(format!(
                "Line {line} has {len} columns, and the head has {expected_len}. Look for a comma or a quote there."
            ))
        }
        _ => malformed(format!("The file cannot be read as CSV: {error}.")),
    }
}

/// The text of a field, without the apostrophe that an export put before it.
fn unguarded(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(text) if text.trim_start_matches('\'').starts_with(FORMULA) => text,
        _ => field,
    }
}
