//! The first sheet of a workbook, as spreadsheets save it. Of a formula its value counts.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use model::{ExportFormat, Problem};
use zip::ZipArchive;

use super::table::{Head, ROWS, Row, Table, heads, malformed};
use crate::export::yes_no;

/// What the parts of a workbook of [`ROWS`] accounts come to at most, unpacked, with room to spare.
const UNPACKED: u64 = 64 * 1024 * 1024;
/// Different texts: each cell has one of its own at most.
const TEXTS: u64 = 1_000_000;

pub fn read(file: &[u8]) -> Result<Table, Problem> {
    check(file)?;
    let mut book = Xlsx::new(Cursor::new(file)).map_err(|error| unread(&error))?;
    let name = book.sheet_names().first().cloned();
    let name = name.ok_or_else(|| malformed("The workbook has no sheet. Export it anew."))?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(|error| unread(&error))?;
    let mut table = Table::new(ExportFormat::Xlsx);
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    let mut line: Option<Line> = None;
    while let Some(cell) = cells.next_cell().map_err(|error| unread(&error))? {
        let (row, column) = cell.get_position();
        let place = Place { row: u64::from(row) + 1, column: column as usize };
        let text = text(cell.get_value(), &place)?;
        if text.is_empty() {
            continue;
        }
        if place.row == 1 {
            if place.column != names.len() {
                return Err(malformed(format!("{place} is behind an empty column of the head. Take that column out.")));
            }
            names.push(text);
            continue;
        }
        if columns.is_empty() {
            columns = heads(names.iter().map(String::as_str))?;
        }
        if place.row > ROWS as u64 + 1 {
            return Err(malformed(format!("{place} is behind the 10,000 accounts that a file may have. Divide it.")));
        }
        if line.as_ref().is_some_and(|line| line.number != place.row) {
            table.push(line.take().unwrap_or_default().end(&columns))?;
        }
        let line = line.get_or_insert_with(|| Line { number: place.row, texts: vec![String::new(); columns.len()] });
        match line.texts.get_mut(place.column) {
            Some(there) => *there = text,
            None => return Err(malformed(format!("{place} has no head. Take it out, or name its column."))),
        }
    }
    if columns.is_empty() {
        columns = heads(names.iter().map(String::as_str))?;
    }
    if let Some(line) = line {
        table.push(line.end(&columns))?;
    }
    for head in columns {
        if let Head::Ignored(label) = head {
            table.ignore(label);
        }
    }
    Ok(table)
}

#[derive(Default)]
struct Line {
    number: u64,
    texts: Vec<String>,
}

impl Line {
    fn end(self, columns: &[Head]) -> Row {
        let cells = columns.iter().zip(self.texts).filter_map(|(head, text)| match head {
            Head::Field(field) => Some((*field, text)),
            Head::Ignored(_) => None,
        });
        Row { number: self.number, cells: cells.collect() }
    }
}

struct Place {
    row: u64,
    /// From 0.
    column: usize,
}

/// "Cell C7"
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut letters, mut rest) = (Vec::new(), self.column + 1);
        while rest > 0 {
            // One of 26.
            letters.push(char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        write!(f, "Cell {}{}", letters.iter().rev().collect::<String>(), self.row)
    }
}

fn text(value: &DataRef<'_>, place: &Place) -> Result<String, Problem> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // A whole number is written without its point.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes_no(*yes).to_owned(),
        // The time of the last test, which is not read.
        DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) => "a date".to_owned(),
        DataRef::Error(error) => {
            return Err(malformed(format!("{place} holds the error {error} of a formula. Write the value itself.")));
        }
    })
}

/// A zip file can unpack to thousands of times its size, and the library that reads it reserves room for as many texts
/// as a workbook says that it has. Each part is unpacked once before, and counted.
fn check(file: &[u8]) -> Result<(), Problem> {
    let broken = || malformed("The file is not a workbook (XLSX), or it is damaged or encrypted. Save it anew.");
    let mut zip = ZipArchive::new(Cursor::new(file)).map_err(|_| broken())?;
    let mut left = UNPACKED;
    for part in 0..zip.len() {
        let part = zip.by_index(part).map_err(|_| broken())?;
        let holds_texts = part.name().map_err(|_| broken())?.to_ascii_lowercase().ends_with("sharedstrings.xml");
        let mut unpacked = Vec::new();
        let mut part = part.take(left + 1);
        let read = match holds_texts {
            true => part.read_to_end(&mut unpacked).map(|octets| octets as u64),
            false => std::io::copy(&mut part, &mut std::io::sink()),
        };
        left = left.checked_sub(read.map_err(|_| broken())?).ok_or_else(too_large)?;
        if holds_texts && !says_how_many(&unpacked) {
            return Err(broken());
        }
    }
    Ok(())
}

fn too_large() -> Problem {
    malformed("The workbook unpacks to more than 64 MB. Save the sheet with the accounts alone.")
}

/// Whether the part with the texts is plain XML whose numbers of texts can be meant.
fn says_how_many(part: &[u8]) -> bool {
    const COUNT: &[u8] = b"uniqueCount";
    let is_plain = !part.iter().any(|octet| *octet < b' ' && !octet.is_ascii_whitespace());
    let mut said = part.windows(COUNT.len()).enumerate().filter(|(_, window)| *window == COUNT);
    is_plain
        && said.all(|(at, _)| {
            let rest = &part[at + COUNT.len()..];
            let digits = rest.iter().skip_while(|octet| !octet.is_ascii_digit()).take_while(|o| o.is_ascii_digit());
            digits.fold(0_u64, |number, octet| number.saturating_mul(10).saturating_add(u64::from(octet - b'0')))
                <= TEXTS
        })
}

fn unread(error: &XlsxError) -> Problem {
    malformed(format!("The file cannot be read as a workbook (XLSX): {error}. Save it anew."))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rust_xlsxwriter::Workbook;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook as spreadsheets save it, with a table of its texts.
    fn workbook() -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, head) in (0..).zip(["ID", "Name", "Enabled", "Port", "Last test (UTC)"]) {
            sheet.write_string(0, column, head).expect("a cell");
        }
        sheet.write_number(2, 0, 7).expect("a cell");
        sheet.write_string(2, 1, "=1 \"é\" 🏤").expect("a cell");
        sheet.write_boolean(2, 2, true).expect("a cell");
        sheet.write_number(2, 3, 2525).expect("a cell");
        sheet.write_number(3, 1, 12345).expect("a cell");
        book.save_to_buffer().expect("it is written")
    }

    /// The same, with one part in place of another.
    fn with_part(name: &str, part: &[u8]) -> Vec<u8> {
        let book = workbook();
        let mut from = ZipArchive::new(Cursor::new(&book)).expect("a zip file");
        let mut to = ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..from.len() {
            let file = from.by_index_raw(number).expect("a part");
            if file.name().expect("a name") != name {
                to.raw_copy_file(file).expect("it is copied");
            }
        }
        to.start_file(name, SimpleFileOptions::default()).expect("a part");
        to.write_all(part).expect("it is written");
        to.finish().expect("it ends").into_inner()
    }

    fn refused(file: &[u8]) -> String {
        read(file).expect_err("it is refused").to_string()
    }

    #[test]
    fn cells_are_read_as_they_are_shown() {
        let table = read(&workbook()).expect("it is read");
        let rows = table.rows.iter().map(|row| {
            let texts = row.cells.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>();
            (row.number, texts)
        });
        assert_eq!(
            rows.collect::<Vec<_>>(),
            [(3, vec!["7", "=1 \"é\" 🏤", "Yes", "2525"]), (4, vec!["", "12345", "", ""])]
        );
        assert_eq!(table.ignored, ["Last test (UTC)"]);
    }

    #[test]
    fn a_workbook_takes_no_more_memory_than_its_accounts() {
        let zeros = vec![b' '; UNPACKED as usize + 1];
        assert!(refused(&with_part("xl/media/image1.png", &zeros)).contains("more than 64 MB"));
        for count in ["99999999999999", "18446744073709551616"] {
            let texts = format!("<sst uniqueCount = '{count}'><si><t>ID</t></si></sst>");
            assert!(refused(&with_part("xl/sharedStrings.xml", texts.as_bytes())).contains("not a workbook"));
            let utf_16: Vec<_> = texts.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert!(refused(&with_part("xl/sharedStrings.xml", &utf_16)).contains("not a workbook"));
        }
    }

    #[test]
    fn a_cell_that_means_nothing_is_named() {
        let with_cells = |cells: &str| {
            let head = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c></row>"#;
            let sheet = format!("<worksheet><sheetData>{head}{cells}</sheetData></worksheet>");
            refused(&with_part("xl/worksheets/sheet1.xml", sheet.as_bytes()))
        };
        let one = r#"<row r="2"><c r="AB2"><v>1</v></c></row>"#;
        assert!(with_cells(one).starts_with("Cell AB2 has no head"), "{}", with_cells(one));
        let error = r#"<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>"#;
        assert!(with_cells(error).starts_with("Cell A2 holds the error"), "{}", with_cells(error));
        let far = r#"<row r="20000"><c r="A20000"><v>1</v></c></row>"#;
        assert!(with_cells(far).starts_with("Cell A20000 is behind the 10,000 accounts"), "{}", with_cells(far));
    }
}
