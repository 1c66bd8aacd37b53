//! The report on paper: all accounts that match, up to what a browser can lay out. Like a file, it is written aside
//! before any of it is sent.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::pin::pin;

use futures_util::TryStreamExt;
use model::{AccountFilter, AccountRow, Actor, Column, FieldKind, Moment, Problem};
use store::audit::{Action, Event, Outcome, Resource};
use store::{accounts, settings};

use super::chunks::{self, ChunkSender, Chunks, Stopped};
use super::file::{begin_file, ended};
use super::{PIECE, run_blocking, write_error};
use crate::Backend;
use crate::accounts::{references, row};
use crate::clock::now;

/// Rows at most: some thousand sheets. What has more is read as a file.
const ROWS_AT_MOST: u64 = 20_000;

/// A report on its way to a page that is printed.
pub struct Print {
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// When it was read.
    pub at: Moment,
    /// Accounts that match.
    pub matching: u64,
    /// All accounts.
    pub total: u64,
    /// Rows that it has: fewer than match where those are too many.
    pub rows: u64,
    pieces: Chunks<Vec<AccountRow>>,
}

impl Print {
    /// The next rows; None at the end. An error ends them, and what came before is not the whole.
    pub async fn next(&mut self) -> Option<Result<Vec<AccountRow>, Problem>> {
        self.pieces.next().await
    }
}

impl Backend {
    /// All accounts that match, to be printed; the page of the filter does not count.
    pub async fn print_accounts(&self, actor: &Actor, filter: &AccountFilter) -> Result<Print, Problem> {
        let columns = self.columns_of(actor, filter).await?;
        let db = self.store().db();
        let counted = async { tokio::try_join!(accounts::count(db, filter), settings::account_count(db)) };
        let (matching, total) = self.store().read(counted).await?;
        let turn = self.download(actor).await?;
        let (to, pieces) = chunks::channel();
        let (backend, filter, shown) = (self.clone(), filter.clone(), columns.clone());
        let event = Event::by(actor, Action::Print).on(Resource::Accounts);
        tokio::spawn(async move {
            let written = backend.write_rows(&filter, &shown, &to).await;
            event.ended(Outcome::of_success(written.is_ok())).record();
            let given = match written {
                Ok(file) => give_rows(file, &to).await,
                Err(stopped) => Err(stopped),
            };
            drop(turn);
            to.end(given).await;
        });
        Ok(Print { columns, at: now(), matching, total, rows: matching.min(ROWS_AT_MOST), pieces })
    }

    /// A line for each piece.
    async fn write_rows(
        &self,
        filter: &AccountFilter,
        columns: &[Column],
        to: &ChunkSender<Vec<AccountRow>>,
    ) -> Result<File, Stopped> {
        let _turn = self.reading().await?;
        let store = self.store();
        let records = store.read(accounts::stream(store.db(), filter, ROWS_AT_MOST)).await?;
        let points = columns.iter().any(|column| column.kind() == FieldKind::Record);
        let mut pieces = pin!(records.try_chunks(PIECE).map_err(|error| error.1));
        let mut file = run_blocking(|| begin_file(b"")).await?;
        while let Some(records) = store.read(pieces.try_next()).await? {
            if to.is_closed() {
                return Err(Stopped::Unread);
            }
            let pointed =
                if points { store.read(references::names(store, &records)).await? } else { Default::default() };
            let (now, unmarked) = (now(), AccountFilter::default());
            let write = move || {
                let rows = records.into_iter().map(|record| row(record, &pointed, &unmarked, now));
                let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
                serde_json::to_writer(&mut file, &rows).map_err(write_error)?;
                file.write_all(b"\n").map_err(write_error)?;
                Ok(file)
            };
            file = run_blocking(write).await?;
        }
        Ok(run_blocking(move || ended(file)).await?)
    }
}

async fn give_rows(file: File, to: &ChunkSender<Vec<AccountRow>>) -> Result<(), Stopped> {
    let mut lines = BufReader::new(file).lines();
    loop {
        let next;
        (lines, next) = run_blocking(move || {
            let line = lines.next().transpose().map_err(write_error)?;
            let rows = line.map(|line| serde_json::from_str(&line)).transpose().map_err(write_error)?;
            Ok((lines, rows))
        })
        .await?;
        match next {
            Some(rows) => to.give(rows).await?,
            None => return Ok(()),
        }
    }
}
