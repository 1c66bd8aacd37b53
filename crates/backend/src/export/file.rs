//! A file that is written as a whole before any of it is sent: whoever reads it slowly holds a file without a name, and
//! neither the database nor the turn of others. It is gone when it is closed.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use model::{AccountField, ExportFormat, Problem};
use store::cells::Record;

use super::xlsx::Book;
use super::{FileOptions, csv, json, write_error};
use crate::clock::now;

/// A report that is being written.
pub enum Writing {
    Csv(BufWriter<File>),
    Json {
        file: BufWriter<File>,
        /// No account was written yet.
        is_first: bool,
    },
    Xlsx(Box<Book>),
}

impl Writing {
    pub fn begin(FileOptions { format, mark }: FileOptions, fields: &[AccountField]) -> Result<Self, Problem> {
        match format {
            ExportFormat::Csv => Ok(Self::Csv(begin_file(&csv::head(fields, mark))?)),
            ExportFormat::Json => Ok(Self::Json { file: begin_file(b"[")?, is_first: true }),
            ExportFormat::Xlsx => Ok(Self::Xlsx(Box::new(Book::begin(fields.to_vec())?))),
        }
    }

    pub fn add(&mut self, records: &[Record], fields: &[AccountField]) -> Result<(), Problem> {
        match self {
            Self::Csv(file) => file.write_all(&csv::rows(records, fields, now())?).map_err(write_error),
            Self::Json { file, is_first } => {
                let rows = json::rows(records, fields, now(), std::mem::replace(is_first, false))?;
                file.write_all(&rows).map_err(write_error)
            }
            Self::Xlsx(book) => {
                let now = now();
                records.iter().try_for_each(|record| book.add(&record.cells(fields, now)?))
            }
        }
    }

    /// The whole file, from its beginning.
    pub fn end(self) -> Result<File, Problem> {
        match self {
            Self::Csv(file) => ended(file),
            Self::Json { mut file, .. } => {
                file.write_all(b"\n]\n").map_err(write_error)?;
                ended(file)
            }
            Self::Xlsx(book) => book.end(),
        }
    }
}

/// A file without a name that begins with this.
pub fn begin_file(head: &[u8]) -> Result<BufWriter<File>, Problem> {
    let mut file = BufWriter::new(tempfile::tempfile().map_err(write_error)?);
    file.write_all(head).map_err(write_error)?;
    Ok(file)
}

pub fn ended(file: BufWriter<File>) -> Result<File, Problem> {
    let mut file = file.into_inner().map_err(write_error)?;
    file.rewind().map_err(write_error)?;
    Ok(file)
}
