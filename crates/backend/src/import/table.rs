//! A file of accounts as rows and columns, whatever its format was.

use std::borrow::Cow;

use model::{AccountField, AccountId, Column, ExportFormat, LAST_TEST_TIME, Problem};

use super::limits::{ROWS, TEXT, too_much_text};

/// A file that was read.
#[derive(Debug, PartialEq)]
pub struct Table {
    /// What a row is called: "Line", "Row" or "Entry".
    pub unit: &'static str,
    pub rows: Vec<Row>,
    /// Columns that say what cannot be set.
    pub ignored: Vec<&'static str>,
    /// Sentences of what was read, and what was passed over.
    pub notes: Vec<String>,
    /// Octets of all cells.
    octets: usize,
}

#[derive(Debug, PartialEq)]
pub struct Row {
    pub number: u64,
    /// In the order of the file.
    pub cells: Vec<(AccountField, String)>,
    /// Cells that hold what no account has; they are empty in `cells`.
    pub faults: Vec<CellFault>,
}

/// Why a cell says nothing about an account.
#[derive(Debug, PartialEq)]
pub struct CellFault {
    pub field: AccountField,
    pub message: &'static str,
}

impl Row {
    /// None where the file has no such column.
    pub fn get(&self, field: AccountField) -> Option<&str> {
        self.cells.iter().find(|(named, _)| *named == field).map(|(_, text)| text.as_str())
    }

    /// The account that the row names; None where it leaves the ID empty.
    pub fn id(&self) -> Result<Option<AccountId>, String> {
        match self.get(AccountField::Shown(Column::Id)).unwrap_or_default().trim() {
            "" => Ok(None),
            text => match text.parse() {
                Ok(id) if id > 0 => Ok(Some(AccountId(id))),
                _ => Err("ID is a whole number, or empty for a new account.".to_owned()),
            },
        }
    }
}

/// What a column of the head is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    Field(AccountField),
    /// It cannot be set.
    Ignored(&'static str),
}

/// What the name of a column means, be it a label or a key.
pub fn head(name: &str) -> Option<Head> {
    let name = name.trim();
    match AccountField::from_head(name) {
        Some(field) if field.is_imported() => Some(Head::Field(field)),
        Some(field) => Some(Head::Ignored(field.label())),
        None => (name == LAST_TEST_TIME).then_some(Head::Ignored(LAST_TEST_TIME)),
    }
}

pub fn unknown(place: &str, name: &str) -> Problem {
    let shown = shortened(name);
    let known = AccountField::ALL.map(AccountField::label).join(", ");
    malformed(format!("{place} is “{shown}”, which is no column of an account. Known are: {known}."))
}

/// As much of what stands in a file as is repeated to its reader.
pub fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Table {
    pub fn new(format: ExportFormat) -> Self {
        let unit = match format {
            ExportFormat::Csv => "Line",
            ExportFormat::Xlsx => "Row",
            ExportFormat::Json => "Entry",
        };
        Self { unit, rows: Vec::new(), ignored: Vec::new(), notes: Vec::new(), octets: 0 }
    }

    /// "Line 3"
    pub fn place(&self, row: &Row) -> String {
        format!("{} {}", self.unit, row.number)
    }

    pub fn push(&mut self, row: Row) -> Result<(), Problem> {
        if self.rows.len() == ROWS {
            return Err(malformed(
                "The file has more than 10,000 accounts. Divide it, and import one part after another.",
            ));
        }
        self.octets += row.cells.iter().map(|(_, text)| text.len()).sum::<usize>();
        if self.octets > TEXT {
            return Err(too_much_text(&self.place(&row)));
        }
        self.rows.push(row);
        Ok(())
    }

    pub fn ignore(&mut self, column: &'static str) {
        if !self.ignored.contains(&column) {
            self.ignored.push(column);
        }
    }
}

pub fn malformed(text: impl Into<Cow<'static, str>>) -> Problem {
    Problem::Malformed(text.into().into_owned())
}

/// A file's text: UTF-8, with or without a byte-order mark.
pub fn text(file: &[u8]) -> Result<&str, Problem> {
    let file = match file {
        [0xEF, 0xBB, 0xBF, rest @ ..] => rest,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return Err(utf_16()),
        [b'P', b'K', 3, 4, ..] => {
            return Err(malformed("This is a zip file, such as a workbook. Name it .xlsx, or say that it is one."));
        }
        file => file,
    };
    if let Some(at) = file.iter().position(|octet| *octet == 0) {
        return Err(match file.iter().take(64).filter(|octet| **octet == 0).count() {
            many if many > 8 => utf_16(),
            _ => malformed(format!("{} is a NUL, which no text holds. Export the file anew.", place(file, at))),
        });
    }
    std::str::from_utf8(file).map_err(|error| {
        let place = place(file, error.valid_up_to());
        malformed(format!(
            "{place} is not UTF-8. The file was saved in another encoding, such as Latin-1: save it as UTF-8."
        ))
    })
}

fn utf_16() -> Problem {
    malformed("The file is in UTF-16. Save it as UTF-8, in Excel as “CSV UTF-8”.")
}

/// "Octet 7 of line 3"
fn place(file: &[u8], at: usize) -> String {
    let before = &file[..at];
    let begins = before.iter().rposition(|octet| matches!(octet, b'\r' | b'\n')).map_or(0, |end| end + 1);
    format!("Octet {} of line {}", at - begins + 1, line_ends(before) + 1)
}

/// Ends of lines: LF, CR LF, or CR alone.
pub fn line_ends(text: &[u8]) -> u64 {
    let is_end = |(at, octet): (usize, &u8)| match octet {
        b'\n' => true,
        b'\r' => text.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    text.iter().enumerate().filter(|place| is_end(*place)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utf_8_is_text() {
        assert_eq!(text("\u{feff}ID,Büro".as_bytes()), Ok("ID,Büro"));
        let check = |file: &[u8], words: &str| {
            let said = text(file).expect_err(words).to_string();
            assert!(said.contains(words), "{said}");
        };
        check(b"ID,Name\n1,B\xfcro\n", "Octet 4 of line 2 is not UTF-8");
        check(b"ID,Name\n1,\0\n", "Octet 3 of line 2 is a NUL");
        check(b"ID,Name\r1,a\r2,B\xfcro\r", "Octet 4 of line 3 is not UTF-8");
        check(b"ID,Name\r\n1,a\r\n2,B\xfcro\r\n", "Octet 4 of line 3 is not UTF-8");
        let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        check(&utf_16("\u{feff}ID,Name\n"), "UTF-16");
        check(&utf_16("ID,Name,Sender e-mail\n"), "UTF-16");
        check(b"PK\x03\x04", "zip file");
    }
}
