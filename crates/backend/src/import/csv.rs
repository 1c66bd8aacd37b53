//! Comma-separated values: what `export/csv.rs` writes, and what a spreadsheet makes of it, which may be semicolons.
//! No line takes more room than the longest that is allowed.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use model::{ExportFormat, Problem};

use super::limits::{CHARACTERS, COLUMNS, Watch, cell, too_long, too_many_columns};
use super::table::{Head, Row, Table, heads, malformed, text};
use crate::export::FORMULA;

/// Octets of the longest line: its characters have four at most.
const LONGEST: usize = COLUMNS * CHARACTERS * 4;

pub fn read(file: &[u8], watch: &Watch) -> Result<Table, Problem> {
    let text = text(file)?;
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut records = Records::new(text, delimiter);
    let columns = if records.next(watch)? { heads(records.fields()?.into_iter())? } else { heads(std::iter::empty())? };
    let mut table = Table::new(ExportFormat::Csv);
    while records.next(watch)? {
        let (line, fields) = (records.line, records.fields()?);
        let (expected, found) = (columns.len(), fields.len());
        if found != expected {
            return Err(malformed(format!(
                "Line {line} has {found} columns, and the head has {expected}. Look for a comma or a quote there."
            )));
        }
        let mut cells = Vec::with_capacity(columns.len());
        for (head, text) in columns.iter().zip(fields) {
            match head {
                Head::Field(field) => {
                    let place = || format!("Line {line}: {}", field.label());
                    cells.push((*field, cell(unguarded(text), place)?));
                }
                Head::Ignored(label) => table.ignore(label),
            }
        }
        table.push(Row { number: line, cells })?;
    }
    Ok(table)
}

/// The lines of a file, one after another in the same room.
struct Records<'a> {
    reader: Reader,
    text: &'a [u8],
    /// Octets that were read.
    at: usize,
    /// The line of the record, counted as an editor does.
    line: u64,
    /// Octets whose lines are counted.
    counted: usize,
    octets: Vec<u8>,
    /// Where each field ends.
    ends: [usize; COLUMNS + 1],
    fields: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        let (octets, ends) = (vec![0; LONGEST], [0; COLUMNS + 1]);
        Self { reader, text: text.as_bytes(), at: 0, line: 1, counted: 0, octets, ends, fields: 0 }
    }

    /// Reads the next record, if there is one.
    fn next(&mut self, watch: &Watch) -> Result<bool, Problem> {
        watch.check()?;
        self.count_lines();
        let mut written = 0;
        self.fields = 0;
        loop {
            let rest = &self.text[self.at..];
            let (room, ends) = (&mut self.octets[written..], &mut self.ends[self.fields..]);
            let (result, octets, more, fields) = self.reader.read_record(rest, room, ends);
            self.at += octets;
            written += more;
            self.fields += fields;
            match result {
                // The reader takes the end when it is asked once more.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record if self.fields <= COLUMNS => return Ok(true),
                ReadRecordResult::Record | ReadRecordResult::OutputEndsFull => {
                    return Err(too_many_columns(&format!("Line {}", self.line)));
                }
                // So many characters, in no more columns: one of them has too many.
                ReadRecordResult::OutputFull => return Err(too_long(&self.longest(written))),
                ReadRecordResult::End => return Ok(false),
            }
        }
    }

    /// What is read next begins behind the ends of lines.
    fn count_lines(&mut self) {
        let ends = self.text[self.at..].iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
        let begins = self.at + ends;
        let passed = &self.text[self.counted..begins];
        self.line += passed.iter().filter(|octet| **octet == b'\n').count() as u64;
        self.counted = begins;
    }

    fn fields(&self) -> Result<Vec<&str>, Problem> {
        let mut begins = 0;
        let field = |end: &usize| {
            let octets = &self.octets[begins..*end];
            begins = *end;
            // It is cut at ASCII characters.
            std::str::from_utf8(octets).map_err(|_| malformed(format!("Line {} is not UTF-8.", self.line)))
        };
        self.ends[..self.fields].iter().map(field).collect()
    }

    /// The first cell that is too long, of a line that fills the room.
    fn longest(&self, written: usize) -> String {
        let mut begins = 0;
        let ends = self.ends[..self.fields].iter().copied().chain([written]);
        let column = ends.map(|end| (std::mem::replace(&mut begins, end), end)).position(|(begin, end)| {
            String::from_utf8_lossy(&self.octets[begin..end]).chars().nth(CHARACTERS).is_some()
        });
        format!("Line {}: column {}", self.line, column.unwrap_or(self.fields) + 1)
    }
}

/// The text of a field, without the apostrophe that an export put before it.
fn unguarded(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(text) if text.trim_start_matches('\'').starts_with(FORMULA) => text,
        _ => field,
    }
}
