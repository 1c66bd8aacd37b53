//! The sheet of a workbook that holds accounts, as spreadsheets save it. Of a formula its value counts.

use std::io::Read;

use model::{ExportFormat, Problem, yes_no};

use super::limits::{COLUMNS, Watch, cell, too_many_columns};
use super::sheet::{SheetCell, SheetRows};
use super::table::{Table, malformed, shortened};
use super::time_styles::TimeStyles;
use super::workbook::{Contents, Texts, Workbook, rich_text, unescaped};
use super::xml::{Node, Xml, attribute, broken};

/// Reads the first sheet that is shown and has the head of a table of accounts.
pub fn read(file: &[u8], watch: &Watch) -> Result<Table, Problem> {
    let mut book = Workbook::open(file, watch)?;
    let contents = book.read()?;
    let is_one = contents.sheets.len() == 1;
    let mut refused = malformed("No sheet of the workbook is a table that is shown. Export it anew.");
    let mut is_near = false;
    let shown = contents.sheets.iter().filter(|sheet| !sheet.is_hidden);
    for (number, (sheet, part)) in shown.filter_map(|sheet| Some((sheet, sheet.part.as_deref()?))).enumerate() {
        let name = shortened(&sheet.name);
        let mut rows = SheetRows::new(ExportFormat::Xlsx, |row, column| CellPosition { row, column }.to_string());
        let read = read_sheet(&mut book, part, &contents, &mut rows);
        let (has_head, is_nearer) = (rows.width().is_some(), rows.is_near() && !is_near);
        match read.and_then(|()| rows.end()) {
            Ok(mut table) => {
                if !is_one {
                    table.notes.insert(0, format!("The sheet “{name}” was read, and none of the others."));
                }
                return Ok(table);
            }
            Err(problem) => {
                let problem = if is_one { problem } else { in_sheet(&name, problem) };
                if has_head {
                    return Err(problem);
                }
                // What is said is said of the sheet that comes nearest to a table of accounts, or of the first.
                if number == 0 || is_nearer {
                    (refused, is_near) = (problem, is_nearer);
                }
            }
        }
    }
    Err(refused)
}

fn in_sheet(name: &str, problem: Problem) -> Problem {
    match problem {
        Problem::Malformed(text) => malformed(format!("Sheet “{name}”: {text}")),
        problem => problem,
    }
}

fn read_sheet(
    book: &mut Workbook<'_>,
    part: &str,
    Contents { texts, times, sheets: _ }: &Contents,
    rows: &mut SheetRows,
) -> Result<(), Problem> {
    let mut xml = book.part(part)?.ok_or_else(broken)?;
    let mut cells = Cells { xml: &mut xml, texts, times, next: CellPosition { row: 1, column: 0 } };
    let (mut number, mut row) = (1, Vec::new());
    while let Some((place, cell)) = cells.next()? {
        if place.row != number {
            rows.push(number, std::mem::take(&mut row))?;
            number = place.row;
        }
        if cell.is_empty() {
            continue;
        }
        if place.column >= COLUMNS {
            return Err(too_many_columns(&format!("Row {}", place.row)));
        }
        if row.len() <= place.column {
            row.resize_with(place.column + 1, SheetCell::default);
        }
        row[place.column] = cell;
    }
    rows.push(number, row)
}

#[derive(Clone, Copy)]
struct CellPosition {
    row: u64,
    /// From 0.
    column: usize,
}

impl CellPosition {
    /// "C7"
    fn parse(text: &str) -> Option<Self> {
        let (letters, digits) = text.split_at(text.find(|c: char| c.is_ascii_digit())?);
        let is_reference = (1..=3).contains(&letters.len()) && letters.bytes().all(|octet| octet.is_ascii_uppercase());
        let digit = |octet: u8| usize::from(octet - b'A') + 1;
        let column = is_reference.then(|| letters.bytes().fold(0, |column, octet| column * 26 + digit(octet)))?;
        let row = digits.parse().ok().filter(|row| *row > 0)?;
        Some(Self { row, column: column - 1 })
    }
}

/// "Cell C7"
impl std::fmt::Display for CellPosition {
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

/// The cells of a sheet, in its order.
struct Cells<'a, 'b, R: Read> {
    xml: &'a mut Xml<'b, R>,
    texts: &'a Texts,
    times: &'a TimeStyles,
    /// Where a cell stands that does not say where.
    next: CellPosition,
}

impl<R: Read> Cells<'_, '_, R> {
    fn next(&mut self) -> Result<Option<(CellPosition, SheetCell)>, Problem> {
        loop {
            let (place, kind, style) = match self.xml.next()? {
                Node::Start(tag) if tag.local_name().as_ref() == "row" => {
                    if let Some(row) = attribute(&tag, "r")? {
                        self.next = CellPosition { row: row.parse().map_err(|_| broken())?, column: 0 };
                    }
                    continue;
                }
                Node::Start(tag) if tag.local_name().as_ref() == "c" => {
                    let place = match attribute(&tag, "r")? {
                        Some(place) => CellPosition::parse(&place).ok_or_else(broken)?,
                        None => self.next,
                    };
                    (place, attribute(&tag, "t")?, attribute(&tag, "s")?)
                }
                Node::End(tag) if tag.local_name().as_ref() == "row" => {
                    self.next = CellPosition { row: self.next.row.saturating_add(1), column: 0 };
                    continue;
                }
                Node::End(tag) if tag.local_name().as_ref() == "sheetData" => return Ok(None),
                Node::Eof => return Err(broken()),
                _ => continue,
            };
            self.next = CellPosition { row: place.row, column: place.column.saturating_add(1) };
            let text = self.cell(place, kind.as_deref())?;
            let is_time = match kind.as_deref() {
                Some("d") => true,
                Some("n") | None => self.times.has(style.as_deref()),
                Some(_) => false,
            };
            return Ok(Some((place, SheetCell { text, is_time })));
        }
    }

    /// The text of the cell that was begun, up to its end.
    fn cell(&mut self, place: CellPosition, kind: Option<&str>) -> Result<String, Problem> {
        let mut text = String::new();
        loop {
            match self.xml.next()? {
                Node::Start(tag) => match tag.local_name().as_ref() {
                    "is" => text = cell(&rich_text(self.xml)?, || place.to_string())?,
                    "v" if kind != Some("inlineStr") => text = self.value(place, kind)?,
                    _ => self.xml.skip()?,
                },
                Node::End(_) => return Ok(text),
                Node::Eof => return Err(broken()),
                Node::Text(_) | Node::Other => {}
            }
        }
    }

    fn value(&mut self, place: CellPosition, kind: Option<&str>) -> Result<String, Problem> {
        let value = self.xml.text()?;
        let text = match kind {
            Some("s") => {
                let shared = value.trim().parse().ok().and_then(|number| self.texts.get(number));
                return cell(shared.ok_or_else(broken)?, || place.to_string());
            }
            Some("str") => unescaped(&value),
            Some("b") => yes_no(matches!(value.trim(), "1" | "true")).to_owned(),
            Some("e") => {
                let text = format!("{place} holds the error {value} of a formula. Write the value itself.");
                return Err(malformed(text));
            }
            Some("n") | None => match value.trim().parse::<f64>() {
                // A whole number is written without its point.
                Ok(number) => number.to_string(),
                Err(_) => value,
            },
            Some(_) => value,
        };
        cell(&text, || place.to_string())
    }
}

#[cfg(test)]
pub mod tests {
    use std::io::{Cursor, Write};

    use rust_xlsxwriter::Workbook;
    use zip::write::SimpleFileOptions;
    use zip::{ZipArchive, ZipWriter};

    use super::*;
    use crate::import::workbook::UNPACKED;

    /// A workbook as spreadsheets save it, with a table of its texts.
    pub fn workbook() -> Vec<u8> {
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

    fn read_now(file: &[u8]) -> Result<Table, Problem> {
        let (_waiting, watch) = Watch::begin();
        read(file, &watch)
    }

    fn refused(file: &[u8]) -> String {
        read_now(file).expect_err("it is refused").to_string()
    }

    #[test]
    fn cells_are_read_as_they_are_shown() {
        let table = read_now(&workbook()).expect("it is read");
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
    fn a_workbook_unpacks_to_no_more_than_64_mb() {
        let zeros = vec![b' '; UNPACKED as usize + 1];
        for part in ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml", "_rels/.rels"] {
            assert!(refused(&with_part(part, &zeros)).contains("more than 64 MB"), "{part}");
        }
        // What is not read is not unpacked.
        assert!(read_now(&with_part("xl/media/image1.png", &zeros)).is_ok());
    }

    #[test]
    fn what_a_workbook_says_of_its_texts_is_not_believed() {
        for count in ["99999999999999", "18446744073709551616"] {
            let texts = format!("<sst uniqueCount = '{count}'><si><t>ID</t></si></sst>");
            assert!(refused(&with_part("xl/sharedStrings.xml", texts.as_bytes())).contains("not a workbook"));
        }
        let many = format!("<sst>{}</sst>", "<si/>".repeat(250_001));
        assert!(refused(&with_part("xl/sharedStrings.xml", many.as_bytes())).contains("250,000 texts"));
    }

    #[test]
    fn a_text_that_is_too_long_is_named_by_its_cell() {
        let head = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>ID</t></is></c></row>"#;
        for length in [32_768, 200_000] {
            for (text, cell) in [("x", "inlineStr"), ("é", "inlineStr"), ("&amp;", "inlineStr"), ("🏤", "str")] {
                let long = text.repeat(length);
                let value = match cell {
                    "str" => format!("<v>{long}</v>"),
                    _ => format!("<is><t>{long}</t></is>"),
                };
                let sheet = format!(
                    r#"<worksheet><sheetData>{head}<row r="2"><c r="A2" t="{cell}">{value}</c></row></sheetData></worksheet>"#
                );
                let said = refused(&with_part("xl/worksheets/sheet1.xml", sheet.as_bytes()));
                assert!(said.starts_with("Cell A2 has more than 32,767 characters"), "{length} {text}: {said}");
            }
        }
    }

    #[test]
    fn a_workbook_of_too_many_parts_or_columns_is_refused() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for number in 0..1_001 {
            zip.start_file(format!("{number}"), SimpleFileOptions::default()).expect("a part");
        }
        let zip = zip.finish().expect("it ends").into_inner();
        assert!(refused(&zip).contains("more than 1,000 parts"));
        let cell = r#"<c t="inlineStr"><is><t>ID</t></is></c>"#;
        let sheet = format!("<worksheet><sheetData><row>{}</row></sheetData></worksheet>", cell.repeat(33));
        let said = refused(&with_part("xl/worksheets/sheet1.xml", sheet.as_bytes()));
        assert!(said.starts_with("Row 1 has more than 32 columns"), "{said}");
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
        let far = r#"<row r="2"><c r="AG2"><v>1</v></c></row>"#;
        assert!(with_cells(far).starts_with("Row 2 has more than 32 columns"), "{}", with_cells(far));
    }
}
