//! The report as a file: all accounts that match, with the columns that are shown or with all that an account holds.
//! Rows are written as they are read, a piece at a time, so that no list is held in memory.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{Stream, TryStreamExt};
use model::{AccountFilter, Actor, Column, ExportFormat, Problem};
use tokio::task::spawn_blocking;

use crate::Backend;
use crate::clock::now;
use crate::fields::Field;
use crate::store::rows::{self, Record};
use crate::store::{Fault, Store, users};

mod cell;
mod csv;
mod json;
mod pieces;
mod print;
mod xlsx;

pub use cell::{Cell, yes_no};
pub use csv::FORMULA;
use pieces::{Giver, Pieces, Stopped};
pub use print::Print;
use xlsx::Book;

/// How many exports read at a time; each holds a connection to the database until its reader has all of it.
pub(crate) const AT_ONCE: usize = 3;
/// Rows of a piece.
const PIECE: usize = 500;
/// Octets of a piece of a file that had to be written as a whole first.
const OCTETS: u64 = 64 * 1024;

/// A report on its way into a file.
pub struct Export {
    /// It says the report and the time.
    pub file_name: String,
    pub format: ExportFormat,
    fields: Arc<[Field]>,
    pieces: Pieces<Piece>,
    rows: Arc<AtomicU64>,
    /// No account was written yet.
    is_first: bool,
}

impl Export {
    /// Accounts that were read so far: all of them, once it has ended.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The next piece of the file; None at its end. An error ends it, and what came before is not the whole.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        Some(match self.pieces.next().await? {
            Ok(Piece::Octets(octets)) => Ok(octets),
            Ok(Piece::Records(records)) => self.written(&records).map_err(Problem::from),
            Err(problem) => Err(problem),
        })
    }

    fn written(&mut self, records: &[Record]) -> Result<Vec<u8>, Fault> {
        match self.format {
            ExportFormat::Json => {
                json::rows(records, &self.fields, now(), std::mem::replace(&mut self.is_first, false))
            }
            ExportFormat::Csv | ExportFormat::Xlsx => csv::rows(records, &self.fields, now()),
        }
    }
}

/// What is handed from who reads to who writes: reading the one and writing the other take place side by side.
enum Piece {
    Records(Vec<Record>),
    Octets(Vec<u8>),
}

impl Backend {
    /// All accounts that match, as a file with the chosen columns; the page of the filter does not count.
    pub async fn export_accounts(
        &self,
        actor: &Actor,
        filter: &AccountFilter,
        format: ExportFormat,
    ) -> Result<Export, Problem> {
        let columns = self.columns_of(actor, filter).await?;
        self.export(filter, columns.into_iter().map(Field::Shown).collect(), format)
    }

    /// The same with everything that an account holds, whatever columns are chosen.
    pub async fn export_whole_accounts(
        &self,
        _actor: &Actor,
        filter: &AccountFilter,
        format: ExportFormat,
    ) -> Result<Export, Problem> {
        self.export(filter, Field::ALL.into(), format)
    }

    /// The columns that are shown, of a list that can be understood: another would be longer than what was meant.
    async fn columns_of(&self, actor: &Actor, filter: &AccountFilter) -> Result<Vec<Column>, Problem> {
        filter.ids().map_err(Problem::Malformed)?;
        match &filter.columns {
            Some(columns) => Ok(columns.clone()),
            None => Ok(self.store().read(users::preferences(self.store().db(), actor.id)).await?.columns),
        }
    }

    fn export(&self, filter: &AccountFilter, fields: Arc<[Field]>, format: ExportFormat) -> Result<Export, Problem> {
        // A list whose ID cannot be understood would be longer than what was meant.
        filter.ids().map_err(Problem::Malformed)?;
        let time = now().to_rfc3339().replace(['-', ':'], "");
        let file_name = format!("smtp-configuration-{time}.{}", format.key());
        let (to, pieces) = pieces::channel();
        let (backend, filter) = (self.clone(), filter.clone());
        let rows = Arc::new(AtomicU64::new(0));
        let (read, shown) = (Arc::clone(&rows), Arc::clone(&fields));
        tokio::spawn(async move {
            let written = backend.write_accounts(&filter, &shown, format, &read, &to).await;
            to.end(written).await;
        });
        Ok(Export { file_name, format, fields, pieces, rows, is_first: true })
    }

    async fn write_accounts(
        &self,
        filter: &AccountFilter,
        fields: &Arc<[Field]>,
        format: ExportFormat,
        read: &AtomicU64,
        to: &Giver<Piece>,
    ) -> Result<(), Stopped> {
        let _turn = self
            .inner
            .exports
            .acquire()
            .await
            .map_err(|_| Problem::Unavailable("Posthouse is stopping.".to_owned()))?;
        let store = self.store();
        let records = store.read(rows::stream(store.db(), filter, fields)).await?;
        let mut rows = Rows { store, read, pieces: records.try_chunks(PIECE).map_err(|error| error.1) };
        match format {
            ExportFormat::Csv => {
                to.give(Piece::Octets(csv::head(fields))).await?;
                while let Some(records) = rows.next().await? {
                    to.give(Piece::Records(records)).await?;
                }
            }
            ExportFormat::Json => {
                to.give(Piece::Octets(b"[".to_vec())).await?;
                while let Some(records) = rows.next().await? {
                    to.give(Piece::Records(records)).await?;
                }
                to.give(Piece::Octets(b"\n]\n".to_vec())).await?;
            }
            ExportFormat::Xlsx => write_book(&mut rows, fields, to).await?,
        }
        Ok(())
    }
}

/// The rows that are still to be written, a piece at a time.
struct Rows<'a, S> {
    store: &'a Store,
    /// How many were read.
    read: &'a AtomicU64,
    pieces: S,
}

impl<S: Stream<Item = Result<Vec<Record>, Fault>> + Unpin> Rows<'_, S> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>, Problem> {
        let piece = self.store.read(self.pieces.try_next()).await?;
        self.read.fetch_add(piece.as_ref().map_or(0, Vec::len) as u64, Ordering::Relaxed);
        Ok(piece)
    }
}

/// Nothing is given before the whole workbook is there.
async fn write_book<S: Stream<Item = Result<Vec<Record>, Fault>> + Unpin>(
    rows: &mut Rows<'_, S>,
    fields: &Arc<[Field]>,
    to: &Giver<Piece>,
) -> Result<(), Stopped> {
    let shown = fields.to_vec();
    let mut book = aside(move || Book::begin(shown)).await?;
    while let Some(records) = rows.next().await? {
        if to.is_closed() {
            return Err(Stopped::Unread);
        }
        let fields = Arc::clone(fields);
        let add = move || {
            let now = now();
            for record in &records {
                book.add(&record.cells(&fields, now)?)?;
            }
            Ok(book)
        };
        book = aside(add).await?;
    }
    let mut file = aside(move || book.end()).await?;
    loop {
        let mut piece = Vec::with_capacity(OCTETS as usize);
        (file, piece) = aside(move || match (&file).take(OCTETS).read_to_end(&mut piece) {
            Ok(_) => Ok((file, piece)),
            Err(error) => Err(xlsx::unwritten(error)),
        })
        .await?;
        if piece.is_empty() {
            return Ok(());
        }
        to.give(Piece::Octets(piece)).await?;
    }
}

/// Writes to a disk, or reads from it, beside what serves.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        // The library that writes workbooks panics where the disk is full.
        Err(error) => Err(xlsx::unwritten(error)),
    }
}
