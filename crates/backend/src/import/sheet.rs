//! Rows of cells as a spreadsheet writes them, on their way into a table of accounts: the head is looked for below what
//! stands above it, and rows and columns that are empty are passed over.

use model::{AccountField, Column, ExportFormat, Problem};

use super::limits::{COLUMNS, is_too_long, too_long, too_many_columns};
use super::table::{CellFault, Head, Row, Table, head, malformed, unknown};
use crate::formula_guard::unguarded;

/// Rows with anything in them that are looked through for the head.
pub const ROWS_ABOVE: usize = 20;

/// A cell as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SheetCell {
    pub text: String,
    /// It is shown as a date, a time or a duration.
    pub is_time: bool,
}

impl SheetCell {
    pub fn text(text: &str) -> Self {
        Self { text: text.to_owned(), is_time: false }
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

pub struct SheetRows {
    table: Table,
    /// Names a cell, by its row and its column from 0.
    place: fn(u64, usize) -> String,
    /// What each column is, once the head is found; None is a column without a name.
    columns: Option<Vec<Option<Head>>>,
    /// The numbers of the rows above the head.
    above: Vec<u64>,
    /// Why the first of them is no head.
    refused: Option<Problem>,
    /// A row names accounts as a head does, and is none.
    is_near: bool,
}

impl SheetRows {
    pub fn new(format: ExportFormat, place: fn(u64, usize) -> String) -> Self {
        let table = Table::new(format);
        Self { table, place, columns: None, above: Vec::new(), refused: None, is_near: false }
    }

    /// How many columns there are, once the head is found.
    pub fn width(&self) -> Option<usize> {
        self.columns.as_ref().map(Vec::len)
    }

    /// Whether it is a table of accounts, as far as its head says; right or wrong.
    pub fn is_near(&self) -> bool {
        self.is_near || self.columns.is_some()
    }

    /// Takes the next row, which may be empty.
    pub fn push(&mut self, number: u64, mut cells: Vec<SheetCell>) -> Result<(), Problem> {
        let used = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        cells.truncate(used);
        match &self.columns {
            _ if used == 0 => Ok(()),
            _ if used > COLUMNS => Err(too_many_columns(&format!("{} {number}", self.table.unit))),
            Some(columns) => {
                let row = row(&mut self.table, columns, number, &cells, self.place)?;
                self.table.push(row)
            }
            None => self.look_for_head(number, &cells),
        }
    }

    fn look_for_head(&mut self, number: u64, cells: &[SheetCell]) -> Result<(), Problem> {
        let found = columns(cells.iter().map(|cell| cell.text.as_str()));
        if cells.iter().any(|cell| names_account(&cell.text)) {
            self.is_near = true;
            self.columns = Some(found?);
            return Ok(());
        }
        self.above.push(number);
        if self.refused.is_none() {
            self.refused = found.err();
        }
        if self.above.len() < ROWS_ABOVE { Ok(()) } else { Err(self.no_head()) }
    }

    fn no_head(&mut self) -> Problem {
        self.refused.take().unwrap_or_else(names_no_account)
    }

    /// The table, if there was a head.
    pub fn end(mut self) -> Result<Table, Problem> {
        if self.columns.is_none() {
            return Err(self.no_head());
        }
        let Self { mut table, above, .. } = self;
        match above.as_slice() {
            [] => {}
            [one] => table.notes.push(format!("{} {one} stands above the head and was not read.", table.unit)),
            [first, .., last] => {
                table.notes.push(format!("{}s {first} to {last} stand above the head and were not read.", table.unit));
            }
        }
        Ok(table)
    }
}

fn row(
    table: &mut Table,
    columns: &[Option<Head>],
    number: u64,
    cells: &[SheetCell],
    place: fn(u64, usize) -> String,
) -> Result<Row, Problem> {
    let mut row = Row { number, cells: Vec::with_capacity(columns.len()), faults: Vec::new() };
    let empty = SheetCell::default();
    for column in 0..columns.len().max(cells.len()) {
        let cell = cells.get(column).unwrap_or(&empty);
        match columns.get(column).copied().flatten() {
            Some(Head::Field(field)) if cell.is_time && !cell.is_empty() => {
                row.faults.push(CellFault { field, message: IS_TIME });
                row.cells.push((field, String::new()));
            }
            Some(Head::Field(field)) => {
                if is_too_long(&cell.text) {
                    return Err(too_long(&format!("{} {number}: {}", table.unit, field.label())));
                }
                row.cells.push((field, unguarded(&cell.text).to_owned()));
            }
            Some(Head::Ignored(label)) => table.ignore(label),
            None if cell.is_empty() => {}
            None => {
                let place = place(number, column);
                return Err(malformed(format!("{place} has no head. Take it out, or name its column.")));
            }
        }
    }
    Ok(row)
}

const IS_TIME: &str =
    "The cell holds a date, a time or a duration, and an account has none. Format it as text, then type it again.";

/// Whether a column of this name says which account a row is.
pub fn names_account(name: &str) -> bool {
    matches!(head(name), Some(Head::Field(AccountField::Shown(Column::Id | Column::Name))))
}

/// The columns that a head names; None has no name.
fn columns<'a>(names: impl Iterator<Item = &'a str>) -> Result<Vec<Option<Head>>, Problem> {
    let mut columns = Vec::new();
    let mut says_which = false;
    for (number, name) in (1..).zip(names) {
        if name.trim().is_empty() {
            columns.push(None);
            continue;
        }
        let Some(head) = head(name) else {
            return Err(unknown(&format!("Column {number} of the head"), name));
        };
        if columns.contains(&Some(head)) {
            return Err(malformed(format!(
                "The column “{}” stands in the head twice. Take one of them out.",
                name.trim()
            )));
        }
        says_which |= names_account(name);
        columns.push(Some(head));
    }
    if says_which { Ok(columns) } else { Err(names_no_account()) }
}

fn names_no_account() -> Problem {
    malformed("The file has neither a column ID nor a column Name: no row says which account it is.")
}
