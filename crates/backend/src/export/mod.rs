//! The report as a file: all accounts that match, with the columns that are shown or with all that an account holds.
//! Rows are written as they are read, a piece at a time, so that no list is held in memory. The file is sent once it is
//! written: no reader keeps the database, or others, waiting.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{Stream, TryStreamExt};
use model::{AccountField, AccountFilter, Actor, Column, ExportFormat, Problem};
use store::audit::{Action, Event, Outcome, Resource};
use store::cells::{self, Record};
use store::{Store, StoreError, users};
use tokio::sync::SemaphorePermit;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::Backend;
use crate::clock::now;
use crate::turns::{Busy, Turn, Turns};

mod chunks;
mod csv;
mod file;
mod json;
mod print;
mod xlsx;

use chunks::{ChunkSender, Chunks, Stopped};
use file::Writing;
pub use print::Print;

/// How many exports are written at a time; each holds a connection to the database meanwhile.
pub(crate) const AT_ONCE: usize = 3;
/// How long an export waits until it is written.
const WAIT: Duration = Duration::from_secs(60);
/// Rows of a piece.
const PIECE: usize = 500;
/// Octets of a piece of a file.
const OCTETS: u64 = 64 * 1024;

/// Files that are sent at a time, each of which takes room on a disk: to one person, and by the server.
pub(crate) fn downloads() -> Turns {
    Turns::new(4, 32)
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileOptions {
    /// In which form.
    pub format: ExportFormat,
    /// Of CSV alone.
    pub mark: ByteOrderMark,
}

/// Whether a CSV begins with U+FEFF, by which spreadsheets know UTF-8. Other formats have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrderMark {
    /// For spreadsheets, as is usual.
    Written,
    /// For programs that take it for a part of the first name.
    Omitted,
}

impl From<ExportFormat> for FileOptions {
    fn from(format: ExportFormat) -> Self {
        Self { format, mark: ByteOrderMark::Written }
    }
}

/// A file that a person downloads.
struct Download {
    turn: Turn,
    event: Event,
}

fn export_of(actor: &Actor) -> Event {
    Event::by(actor, Action::Export).on(Resource::Accounts)
}

/// A report on its way into a file.
pub struct Export {
    /// It says the report and the time.
    pub file_name: String,
    /// The format of the file.
    pub format: ExportFormat,
    pieces: Chunks<Vec<u8>>,
    rows: Arc<AtomicU64>,
}

impl Export {
    /// Accounts that were read so far: all of them, once anything is there to be read.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// The next piece of the file; None at its end. An error ends it, and what came before is not the whole.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        self.pieces.next().await
    }
}

impl Backend {
    /// All accounts that match, as a file with the chosen columns; the page of the filter does not count.
    pub async fn export_accounts(
        &self,
        actor: &Actor,
        filter: &AccountFilter,
        options: impl Into<FileOptions>,
    ) -> Result<Export, Problem> {
        let columns = self.columns_of(actor, filter).await?;
        let turn = self.download(actor).await?;
        let download = Some(Download { turn, event: export_of(actor) });
        self.export(filter, columns.into_iter().map(AccountField::Shown).collect(), options.into(), download)
    }

    /// The same for a message, which is read at once: it has nothing to do with what people download.
    pub(crate) async fn attached_accounts(
        &self,
        actor: &Actor,
        filter: &AccountFilter,
        options: impl Into<FileOptions>,
    ) -> Result<Export, Problem> {
        let columns = self.columns_of(actor, filter).await?;
        self.export(filter, columns.into_iter().map(AccountField::Shown).collect(), options.into(), None)
    }

    /// The same with everything that an account holds, whatever columns are chosen.
    pub async fn export_whole_accounts(
        &self,
        actor: &Actor,
        filter: &AccountFilter,
        options: impl Into<FileOptions>,
    ) -> Result<Export, Problem> {
        let turn = self.download(actor).await?;
        let download = Some(Download { turn, event: export_of(actor) });
        self.export(filter, AccountField::ALL.into(), options.into(), download)
    }

    /// A turn to send a file to this person.
    async fn download(&self, actor: &Actor) -> Result<Turn, Problem> {
        self.inner.downloads.begin(actor.id).await.map_err(|busy| {
            let text = match busy {
                Busy::Own => {
                    "Four downloads of yours have not ended. Wait for one of them or cancel it, then try again."
                }
                Busy::All => "The server sends as many files as it can at a time. Try again in a minute.",
            };
            Problem::TooMany(text.to_owned())
        })
    }

    /// A turn to read all that match from the database.
    async fn reading(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let unavailable = |text: &str| Problem::Unavailable(text.to_owned());
        match timeout(WAIT, self.inner.exports.acquire()).await {
            Ok(turn) => turn.map_err(|_| unavailable("Posthouse is stopping.")),
            Err(_) => Err(unavailable("Other exports are still being written. Try again in a minute.")),
        }
    }

    /// The columns to export. Fails if the filter by ID is malformed: ignoring it would export too many accounts.
    async fn columns_of(&self, actor: &Actor, filter: &AccountFilter) -> Result<Vec<Column>, Problem> {
        filter.ids().map_err(Problem::Malformed)?;
        match &filter.columns {
            Some(columns) => Ok(columns.clone()),
            None => Ok(self.store().read(users::preferences(self.store().db(), actor.id)).await?.columns),
        }
    }

    fn export(
        &self,
        filter: &AccountFilter,
        fields: Arc<[AccountField]>,
        options: FileOptions,
        download: Option<Download>,
    ) -> Result<Export, Problem> {
        // A list whose ID cannot be understood would be longer than what was meant.
        filter.ids().map_err(Problem::Malformed)?;
        let format = options.format;
        let time = now().to_rfc3339().replace(['-', ':'], "");
        let file_name = format!("smtp-configuration-{time}.{}", format.key());
        let (to, pieces) = chunks::channel();
        let (backend, filter) = (self.clone(), filter.clone());
        let rows = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&rows);
        tokio::spawn(async move {
            let written = backend.write_accounts(&filter, &fields, options, &read, &to).await;
            let turn = download.map(|Download { turn, event }| {
                let outcome = Outcome::of_success(written.is_ok());
                let rows = read.load(Ordering::Relaxed);
                event.ended(outcome).detail(format_args!("{}, accounts: {rows}", format.key())).record();
                turn
            });
            let sent = match written {
                Ok(file) => send(file, &to).await,
                Err(stopped) => Err(stopped),
            };
            drop(turn);
            to.end(sent).await;
        });
        Ok(Export { file_name, format, pieces, rows })
    }

    async fn write_accounts(
        &self,
        filter: &AccountFilter,
        fields: &Arc<[AccountField]>,
        options: FileOptions,
        read: &AtomicU64,
        to: &ChunkSender<Vec<u8>>,
    ) -> Result<File, Stopped> {
        let _turn = self.reading().await?;
        let store = self.store();
        let records = store.read(cells::stream(store.db(), filter, fields)).await?;
        let mut rows = Rows { store, read, pieces: records.try_chunks(PIECE).map_err(|error| error.1) };
        let shown = Arc::clone(fields);
        let mut file = run_blocking(move || Writing::begin(options, &shown)).await?;
        let mut next = rows.next().await?;
        while let Some(records) = next {
            if to.is_closed() {
                return Err(Stopped::Unread);
            }
            let shown = Arc::clone(fields);
            // Writing these and reading what follows take place side by side.
            let written = run_blocking(move || file.add(&records, &shown).map(|()| file));
            let (written, following) = tokio::join!(written, rows.next());
            (file, next) = (written?, following?);
        }
        Ok(run_blocking(move || file.end()).await?)
    }
}

/// The rows that are still to be written, a piece at a time.
struct Rows<'a, S> {
    store: &'a Store,
    /// How many were read.
    read: &'a AtomicU64,
    pieces: S,
}

impl<S: Stream<Item = Result<Vec<Record>, StoreError>> + Unpin> Rows<'_, S> {
    async fn next(&mut self) -> Result<Option<Vec<Record>>, Problem> {
        let piece = self.store.read(self.pieces.try_next()).await?;
        self.read.fetch_add(piece.as_ref().map_or(0, Vec::len) as u64, Ordering::Relaxed);
        Ok(piece)
    }
}

/// Gives a file on, a piece at a time.
async fn send(mut file: File, to: &ChunkSender<Vec<u8>>) -> Result<(), Stopped> {
    loop {
        let mut piece = Vec::with_capacity(OCTETS as usize);
        (file, piece) = run_blocking(move || match (&file).take(OCTETS).read_to_end(&mut piece) {
            Ok(_) => Ok((file, piece)),
            Err(error) => Err(write_error(error)),
        })
        .await?;
        if piece.is_empty() {
            return Ok(());
        }
        to.give(piece).await?;
    }
}

/// Writes to a disk, or reads from it, beside what serves.
async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        // The library that writes workbooks panics where the disk is full.
        Err(error) => Err(write_error(error)),
    }
}

/// An error of writing. The data is always valid, so that the disk is the only possible cause.
fn write_error(error: impl std::fmt::Display) -> Problem {
    tracing::warn!(%error, "a report could not be written");
    let text = "The file could not be written. Look whether the disk that holds temporary files is full.";
    Problem::Unavailable(text.to_owned())
}
