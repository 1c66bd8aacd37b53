//! Values between commas: what `export/csv.rs` writes, and what a spreadsheet makes of it, which may be semicolons or
//! tabs. No line takes more room than the longest that is allowed.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use model::{ExportFormat, Problem};

use super::limits::{CHARACTERS, COLUMNS, Watch, too_long, too_many_columns};
use super::sheet::{ROWS_ABOVE, SheetCell, SheetRows, names_account};
use super::table::{Table, line_ends, malformed, text};

/// Octets of the longest line: its characters have four at most.
const LONGEST: usize = COLUMNS * CHARACTERS * 4;
/// Fields of a line: a spreadsheet leaves empty ones behind those that are used.
const FIELDS: usize = 1_024;
/// What separates fields, the usual one first.
const DELIMITERS: [char; 3] = [',', ';', '\t'];

pub fn read(file: &[u8], watch: &Watch) -> Result<Table, Problem> {
    let text = text(file)?;
    let mut records = Records::new(text, Dialect::of(text));
    let mut rows = SheetRows::new(ExportFormat::Csv, |line, column| format!("Column {} of line {line}", column + 1));
    while records.next(watch)? {
        let (line, fields) = (records.line, records.fields()?);
        let used = fields.iter().rposition(|field| !field.trim().is_empty()).map_or(0, |last| last + 1);
        if let Some(expected) = rows.width().filter(|_| used > 0)
            && (fields.len() < expected || used > expected)
        {
            let found = if used > expected { used } else { fields.len() };
            return Err(malformed(format!(
                "Line {line} has {found} columns, and the head has {expected}. Look for a comma or a quote there."
            )));
        }
        rows.push(line, fields[..used].iter().map(|field| SheetCell::text(field)).collect())?;
    }
    rows.end()
}

/// How a file separates its fields.
struct Dialect {
    delimiter: char,
    /// Where its first record begins, in octets.
    begins: usize,
}

impl Dialect {
    /// A first line as `sep=;` names the delimiter for Excel, and is no record. Else it is the one by which a line
    /// reads as a head.
    fn of(text: &str) -> Self {
        let ends = ['\r', '\n'];
        let first = text.split(ends).next().unwrap_or_default();
        let named = named_delimiter(first);
        let begins = if named.is_some() { first.len() } else { 0 };
        let lines = text[begins..].split(ends).filter(|line| !line.trim().is_empty()).take(ROWS_ABOVE);
        let is_head =
            |line: &str, delimiter: char| line.split(delimiter).any(|name| names_account(name.trim_matches('"')));
        let by_head = |line| named.into_iter().chain(DELIMITERS).find(|delimiter| is_head(line, *delimiter));
        let by_first = |line: &str| DELIMITERS.into_iter().find(|delimiter| line.contains(*delimiter));
        let delimiter = lines
            .clone()
            .find_map(by_head)
            .or(named)
            .or_else(|| lines.clone().next().and_then(by_first))
            .unwrap_or(',');
        Self { delimiter, begins }
    }
}

/// The delimiter of a line such as `sep=;`, which a spreadsheet may have filled up with more of them.
fn named_delimiter(line: &str) -> Option<char> {
    let line = line.trim_matches('"');
    let is_named = line.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("sep="));
    let mut named = line.get(4..).filter(|_| is_named)?.chars();
    let delimiter = named.next().filter(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && *c != '"')?;
    named.all(|c| c == delimiter).then_some(delimiter)
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
    ends: Vec<usize>,
    fields: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, Dialect { delimiter, begins }: Dialect) -> Self {
        // It is an ASCII character.
        let reader = ReaderBuilder::new().delimiter(delimiter as u8).build();
        let (octets, ends) = (vec![0; LONGEST], vec![0; FIELDS + 1]);
        Self { reader, text: text.as_bytes(), at: begins, line: 1, counted: 0, octets, ends, fields: 0 }
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
                ReadRecordResult::Record if self.fields <= FIELDS => return Ok(true),
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
        self.line += line_ends(passed);
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
