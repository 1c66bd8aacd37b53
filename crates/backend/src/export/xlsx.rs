//! A workbook of one sheet (ECMA-376): cells of their types, none of them a formula or a link. A time is a date of the
//! spreadsheet's own, which sorts and filters: the last test has a column for its outcome and one for its time.
//!
//! A workbook is a zip file, whose parts are only right when all is written. Its rows wait in an unnamed temporary file
//! and so does the whole of it: neither is ever held in memory, and both are gone when they are closed.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use model::{AccountField, Cell, FieldKind, LAST_TEST_TIME, LastTest, Problem, yes_no};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::write_error;
use crate::formula_guard::guarded_apostrophe;

/// What a sheet holds below its head.
const ROWS: u32 = 1_048_575;
/// What a cell holds, in UTF-16.
const TEXT: usize = 32_767;

/// A workbook that is being written.
pub struct Book {
    workbook: Workbook,
    fields: Vec<AccountField>,
    date: Format,
    /// Rows so far, without the head.
    rows: u32,
}

impl Book {
    pub fn begin(fields: Vec<AccountField>) -> Result<Self, Problem> {
        let mut workbook = Workbook::new();
        let head = Format::new().set_bold();
        let date = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        begin(&mut workbook, &fields, &head).map_err(write_error)?;
        Ok(Self { workbook, fields, date, rows: 0 })
    }

    pub fn add(&mut self, row: &[Cell<'_>]) -> Result<(), Problem> {
        if self.rows == ROWS {
            let text = "An XLSX sheet holds at most 1,048,575 accounts. Narrow the list, or export CSV.";
            return Err(Problem::Refused(text.to_owned()));
        }
        let sheet = self.workbook.worksheet_from_index(0).map_err(write_error)?;
        self.rows += 1;
        let mut place = CellPosition { row: self.rows, column: 0 };
        for (field, cell) in self.fields.iter().zip(row) {
            write(sheet, &mut place, *field, cell, &self.date)?;
        }
        Ok(())
    }

    /// The whole file, from its beginning.
    pub fn end(mut self) -> Result<File, Problem> {
        let last = u16::try_from(columns(&self.fields).count()).unwrap_or(1).saturating_sub(1);
        let sheet = self.workbook.worksheet_from_index(0).map_err(write_error)?;
        sheet.autofilter(0, 0, self.rows, last).map_err(write_error)?;
        let mut file = tempfile::tempfile().map_err(write_error)?;
        let mut buffered = BufWriter::new(&mut file);
        self.workbook.save_to_writer(&mut buffered).map_err(write_error)?;
        buffered.flush().map_err(write_error)?;
        drop(buffered);
        file.rewind().map_err(write_error)?;
        Ok(file)
    }
}

struct CellPosition {
    row: u32,
    column: u16,
}

/// Head and width, in characters, of each column.
fn columns(fields: &[AccountField]) -> impl Iterator<Item = (&'static str, u16)> {
    fields.iter().flat_map(|field| {
        let time = (field.kind() == FieldKind::Test).then_some((LAST_TEST_TIME, 20));
        [(field.label(), field.sheet_width())].into_iter().chain(time)
    })
}

fn begin(workbook: &mut Workbook, fields: &[AccountField], head: &Format) -> Result<(), XlsxError> {
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name("SMTP configuration")?.set_freeze_panes(1, 0)?;
    for (column, (label, width)) in (0..).zip(columns(fields)) {
        sheet.set_column_width(column, f64::from(width))?;
        sheet.write_string_with_format(0, column, label, head)?;
    }
    Ok(())
}

/// Writes a cell, and goes on to the next place.
fn write(
    sheet: &mut Worksheet,
    place: &mut CellPosition,
    field: AccountField,
    cell: &Cell<'_>,
    date: &Format,
) -> Result<(), Problem> {
    let CellPosition { row, column } = *place;
    let written = match cell {
        // Every integer up to 2^53 is a number of a spreadsheet as it is.
        Cell::Number(number) => sheet.write_number(row, column, *number as f64),
        Cell::Text(text) if text.encode_utf16().count() > TEXT => return Err(too_long(row, field)),
        Cell::Text(text) => sheet.write_string(row, column, guarded_apostrophe(text.as_ref().into()).as_ref()),
        Cell::Word(text) => sheet.write_string(row, column, text.as_ref()),
        Cell::YesNo(yes) => sheet.write_string(row, column, yes_no(*yes)),
        Cell::Test(test) => sheet.write_string(row, column, test.outcome()),
        Cell::Nothing => Ok(sheet),
    };
    let sheet = written.map_err(write_error)?;
    place.column += 1;
    if field.kind() == FieldKind::Test {
        if let Cell::Test(LastTest { at, .. }) = cell
            && let Ok(at) = jiff::Timestamp::from_second(at.0.div_euclid(1_000_000))
        {
            let civil = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
            sheet.write_datetime_with_format(row, place.column, civil, date).map_err(write_error)?;
        }
        place.column += 1;
    }
    Ok(())
}

fn too_long(row: u32, field: AccountField) -> Problem {
    let label = field.label();
    Problem::Refused(format!(
        "“{label}” of account number {row} of this list is longer than the 32,767 characters that a cell of XLSX holds. \
         Leave the column out, or export CSV."
    ))
}

#[cfg(test)]
mod tests {
    use model::Column;

    use super::*;

    fn said(result: Result<(), Problem>) -> String {
        result.err().map(|problem| problem.to_string()).unwrap_or_default()
    }

    #[test]
    fn more_rows_than_a_sheet_holds_are_refused() {
        let mut book = Book::begin(vec![AccountField::Shown(Column::Id)]).expect("it begins");
        book.rows = ROWS - 1;
        book.add(&[Cell::Number(7)]).expect("the last row");
        assert!(said(book.add(&[Cell::Number(8)])).contains("at most 1,048,575 accounts"));
    }

    #[test]
    fn a_text_that_no_cell_holds_is_refused() {
        let book = || Book::begin(vec![AccountField::Ca]).expect("it begins");
        let text = |length: usize| Cell::Text("é".repeat(length).into());
        assert_eq!(said(book().add(&[text(TEXT)])), "");
        assert!(said(book().add(&[text(TEXT + 1)])).starts_with("“CA's certificate” of account number 1"));
    }
}
