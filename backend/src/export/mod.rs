//! The report as a file: all accounts that match, with the columns that are shown. Rows are written as they are read,
//! a piece at a time, so that no list is held in memory.

use std::time::Duration;

use futures_util::TryStreamExt;
use model::{AccountFilter, Actor, Column, ExportFormat, Problem};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

use crate::Backend;
use crate::accounts::{pointed, row};
use crate::clock::now;
use crate::store::{accounts, users};

mod csv;
mod json;

/// How many exports read at a time; each holds a connection to the database until its reader has all of it.
pub(crate) const AT_ONCE: usize = 3;
/// Rows of a piece.
const PIECE: usize = 500;
/// Pieces that wait for a reader who is slower than the database.
const AHEAD: usize = 2;
/// A reader who takes nothing for so long is given up.
const IDLE: Duration = Duration::from_secs(60);

/// A report on its way into a file.
pub struct Export {
    /// It says the report and the time.
    pub file_name: String,
    pub format: ExportFormat,
    pieces: Receiver<Piece>,
    has_ended: bool,
}

/// A part of the file; None is its end.
type Piece = Result<Option<Vec<u8>>, Problem>;

impl Export {
    /// The next piece of the file; None at its end. An error ends it, and what came before is not the whole.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, Problem>> {
        if self.has_ended {
            return None;
        }
        let piece = match self.pieces.recv().await {
            Some(piece) => piece.transpose(),
            // Its reader took nothing for too long, or it broke: a file without its end must not look whole.
            None => Some(Err(Problem::Unavailable("The export ended early.".to_owned()))),
        };
        self.has_ended = !matches!(piece, Some(Ok(_)));
        piece
    }
}

impl Backend {
    /// All accounts that match, as a file; the page of the filter does not count.
    pub async fn export_accounts(
        &self,
        actor: &Actor,
        filter: &AccountFilter,
        format: ExportFormat,
    ) -> Result<Export, Problem> {
        // A list whose ID cannot be understood would be longer than what was meant.
        filter.ids().map_err(Problem::Malformed)?;
        let columns = match &filter.columns {
            Some(columns) => columns.clone(),
            None => self.store().read(users::preferences(self.store().db(), actor.id)).await?.columns,
        };
        let time = now().to_rfc3339().replace(['-', ':'], "");
        let file_name = format!("smtp-configuration-{time}.{}", format.key());
        let (to, pieces) = mpsc::channel(AHEAD);
        let (backend, filter) = (self.clone(), filter.clone());
        tokio::spawn(async move {
            if let Err(Stopped::Failed(problem)) = backend.write_accounts(&filter, &columns, format, &to).await {
                tracing::warn!(%problem, "an export ended early");
                give(&to, Err(problem)).await.ok();
            }
        });
        Ok(Export { file_name, format, pieces, has_ended: false })
    }

    async fn write_accounts(
        &self,
        filter: &AccountFilter,
        columns: &[Column],
        format: ExportFormat,
        to: &Sender<Piece>,
    ) -> Result<(), Stopped> {
        let _turn = self
            .inner
            .exports
            .acquire()
            .await
            .map_err(|_| Problem::Unavailable("Posthouse is stopping.".to_owned()))?;
        let store = self.store();
        let records = store.read(accounts::stream(store.db(), filter)).await?;
        let mut pieces = records.try_chunks(PIECE).map_err(|error| error.1);
        let points = columns.iter().any(|column| matches!(column, Column::Credential | Column::Connector));
        give(to, Ok(Some(begin(format, columns)))).await?;
        let mut is_first = true;
        while let Some(records) = store.read(pieces.try_next()).await? {
            let pointed = match points {
                true => store.read(pointed::names(store, &records)).await?,
                false => Default::default(),
            };
            let (now, unmarked) = (now(), AccountFilter::default());
            let rows: Vec<_> = records.into_iter().map(|record| row(record, &pointed, &unmarked, now)).collect();
            let piece = match format {
                ExportFormat::Csv => csv::rows(&rows, columns),
                ExportFormat::Json => json::rows(&rows, columns, is_first),
            };
            is_first = false;
            give(to, Ok(Some(piece))).await?;
        }
        give(to, Ok(Some(end(format)))).await?;
        give(to, Ok(None)).await
    }
}

/// Why an export ends early.
enum Stopped {
    Failed(Problem),
    /// Its reader is gone, or takes nothing.
    Unread,
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

async fn give(to: &Sender<Piece>, piece: Piece) -> Result<(), Stopped> {
    match timeout(IDLE, to.send(piece)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Stopped::Unread),
    }
}

fn begin(format: ExportFormat, columns: &[Column]) -> Vec<u8> {
    match format {
        ExportFormat::Csv => csv::head(columns),
        ExportFormat::Json => b"[".to_vec(),
    }
}

fn end(format: ExportFormat) -> Vec<u8> {
    match format {
        ExportFormat::Csv => Vec::new(),
        ExportFormat::Json => b"\n]\n".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_without_its_end_is_an_error() {
        let export = |pieces| Export { file_name: String::new(), format: ExportFormat::Csv, pieces, has_ended: false };
        for ends in [true, false] {
            let (to, pieces) = mpsc::channel(AHEAD);
            give(&to, Ok(Some(vec![1]))).await.ok();
            if ends {
                give(&to, Ok(None)).await.ok();
            }
            drop(to);
            let mut export = export(pieces);
            assert_eq!(export.next().await, Some(Ok(vec![1])));
            assert_eq!(export.next().await.is_some_and(|piece| piece.is_err()), !ends);
            assert_eq!(export.next().await, None);
        }
    }
}
