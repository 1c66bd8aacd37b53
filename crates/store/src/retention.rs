//! What is kept for a limited time: test sends with what was said in them, tests and changes of several accounts.

use model::{Moment, SmtpReport, TestSendId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::test_send::{Column, Entity};
use super::{StoreError, WriteTx};

/// Rows of one transaction: whoever saves waits for it.
pub const ROWS_AT_ONCE: u64 = 500;

/// The kinds of rows that are forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Tests that are not their account's newest.
    Tests,
    /// Of accounts that are about to be forgotten themselves.
    TestsOfDeleted,
    /// Tests of several accounts.
    Batches,
    /// Changes of several accounts, and imports: they cannot be undone any more.
    Changes,
}

impl Old {
    /// The newest test of an account stays, and the one that the report shows, for their result. A test of no account
    /// is nobody's newest.
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

/// Forgets rows of before this moment, at most [`ROWS_AT_ONCE`], and gives how many.
pub async fn purge(tx: &WriteTx, old: Old, before: Moment) -> Result<u64, StoreError> {
    let (table, condition) = old.condition();
    let condition = condition.replace("{before}", &before.0.to_string());
    let rows = format!("SELECT chosen.id FROM {table} AS chosen WHERE {condition} LIMIT {ROWS_AT_ONCE}");
    let delete = format!("DELETE FROM {table} WHERE id IN ({rows})");
    Ok(tx.db().execute_unprepared(&delete).await?.rows_affected())
}

/// A part of the JSON of a report without transcript.
const NO_TRANSCRIPT: &str = "\"transcript\":[]";

/// Takes the transcripts out of tests of before this moment, which stay for their result: at most [`ROWS_AT_ONCE`] of
/// those that come after one. Gives the last one that was looked at.
pub async fn clear_transcripts(
    tx: &WriteTx,
    before: Moment,
    after: TestSendId,
) -> Result<Option<TestSendId>, StoreError> {
    let found: Vec<(TestSendId, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Report])
        .filter(Column::SentAt.lt(before))
        .filter(Column::Id.gt(after))
        .filter(Column::Report.not_like(format!("%{NO_TRANSCRIPT}%")))
        .order_by_asc(Column::Id)
        .limit(ROWS_AT_ONCE)
        .into_tuple()
        .all(tx.db())
        .await?;
    let last = found.last().map(|(id, _)| *id);
    for (id, json) in found {
        // One that cannot be read keeps none of the others from ending.
        let Ok(report) = serde_json::from_str::<SmtpReport>(&json) else {
            tracing::warn!(test_send = id.0, "the report of a test send cannot be read");
            continue;
        };
        let report = SmtpReport { transcript: Vec::new(), ..report };
        let json = serde_json::to_string(&report).map_err(|error| DbErr::Json(error.to_string()))?;
        let clear = Entity::update_many().col_expr(Column::Report, Expr::value(json));
        clear.filter(Column::Id.eq(id)).exec(tx.db()).await?;
    }
    Ok(last)
}
