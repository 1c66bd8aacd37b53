//! The report on paper: all accounts that match, up to what a browser can lay out.

use std::pin::pin;

use futures_util::TryStreamExt;
use model::{AccountFilter, AccountRow, Actor, Column, Moment, Problem};

use super::PIECE;
use super::pieces::{self, Giver, Pieces, Stopped};
use crate::Backend;
use crate::accounts::{pointed, row};
use crate::clock::now;
use crate::store::{accounts, settings};

/// Rows at most: some thousand sheets. What has more is read as a file.
const ROWS_AT_MOST: u64 = 20_000;

/// A report on its way to a page that is printed.
pub struct Print {
    pub columns: Vec<Column>,
    pub at: Moment,
    /// Accounts that match.
    pub matching: u64,
    /// All accounts.
    pub total: u64,
    /// Rows that it has: fewer than match where those are too many.
    pub rows: u64,
    pieces: Pieces<Vec<AccountRow>>,
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
        let (to, pieces) = pieces::channel();
        let (backend, filter, shown) = (self.clone(), filter.clone(), columns.clone());
        tokio::spawn(async move {
            let given = backend.give_rows(&filter, &shown, &to).await;
            to.end(given).await;
        });
        Ok(Print { columns, at: now(), matching, total, rows: matching.min(ROWS_AT_MOST), pieces })
    }

    async fn give_rows(
        &self,
        filter: &AccountFilter,
        columns: &[Column],
        to: &Giver<Vec<AccountRow>>,
    ) -> Result<(), Stopped> {
        let turn = self.inner.exports.acquire().await;
        let _turn = turn.map_err(|_| Problem::Unavailable("Posthouse is stopping.".to_owned()))?;
        let store = self.store();
        let records = store.read(accounts::stream(store.db(), filter, ROWS_AT_MOST)).await?;
        let points = columns.iter().any(|column| matches!(column, Column::Credential | Column::Connector));
        let mut pieces = pin!(records.try_chunks(PIECE).map_err(|error| error.1));
        while let Some(records) = store.read(pieces.try_next()).await? {
            let pointed = match points {
                true => store.read(pointed::names(store, &records)).await?,
                false => Default::default(),
            };
            let (now, unmarked) = (now(), AccountFilter::default());
            to.give(records.into_iter().map(|record| row(record, &pointed, &unmarked, now)).collect()).await?;
        }
        Ok(())
    }
}
