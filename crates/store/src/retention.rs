//! What is kept for a limited time: test sends with what was said in them, tests and changes of several accounts.

use model::Moment;
use sea_orm::ConnectionTrait;

use super::{StoreError, WriteTx};

/// Rows of one transaction: whoever saves waits for it.
pub const PORTION: u64 = 500;

/// The kinds of rows that are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    Tests,
    /// Of accounts that are about to be forgotten themselves.
    TestsOfDeleted,
    Batches,
    Changes,
}

impl Old {
    /// The newest test of an account stays, and the one that the report shows. A test of no account is nobody's newest.
    const fn condition(self) -> (&'static str, &'static str) {
        match self {
            Self::Tests => (
                "test_sends",
                "sent_at < {before}
                 AND (account_id = 0 OR EXISTS (SELECT 1 FROM test_sends AS newer
                      WHERE newer.account_id = chosen.account_id AND newer.id > chosen.id))
                 AND NOT EXISTS (SELECT 1 FROM accounts
                      WHERE accounts.id = chosen.account_id AND accounts.last_test_id = chosen.id)",
            ),
            Self::TestsOfDeleted => {
                ("test_sends", "account_id IN (SELECT accounts.id FROM accounts WHERE deleted_at < {before})")
            }
            Self::Batches => ("test_batches", "started_at < {before}"),
            Self::Changes => ("changes", "changed_at < {before}"),
        }
    }
}

/// Forgets rows of before this moment, at most [`PORTION`], and gives how many.
pub async fn purge(tx: &WriteTx, old: Old, before: Moment) -> Result<u64, StoreError> {
    let (table, condition) = old.condition();
    let condition = condition.replace("{before}", &before.0.to_string());
    let rows = format!("SELECT chosen.id FROM {table} AS chosen WHERE {condition} LIMIT {PORTION}");
    let delete = format!("DELETE FROM {table} WHERE id IN ({rows})");
    Ok(tx.db().execute_unprepared(&delete).await?.rows_affected())
}
