//! The one row of settings: the lock of accounts, their count, the set-up link, the key of notes, and the latest time
//! that was seen.

use model::Moment;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};

pub use super::entity::setting::Model as Record;
use super::entity::setting::{ActiveModel, Column, Entity};
use super::{StoreError, WriteTx};

const ROW: i64 = 1;

/// Reads the row and keeps it for this transaction. SQLite has no row locks and needs none: it has one writer.
pub async fn lock(tx: &WriteTx) -> Result<Record, StoreError> {
    the_row(Entity::find_by_id(ROW).lock_exclusive().one(tx.db()).await?)
}

/// The row as it stands.
pub async fn find(db: &impl ConnectionTrait) -> Result<Record, StoreError> {
    the_row(Entity::find_by_id(ROW).one(db).await?)
}

fn the_row(row: Option<Record>) -> Result<Record, StoreError> {
    // The first migration wrote it, and nothing deletes it.
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the row of settings".to_owned()))?)
}

/// Accounts that are not deleted.
pub async fn account_count(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(u64::try_from(find(db).await?.account_count).unwrap_or(0))
}

/// Adds to the number of accounts; negative where some were deleted.
pub async fn add_accounts(tx: &WriteTx, count: i64) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::AccountCount, Expr::col(Column::AccountCount).add(count))
        .filter(Column::Id.eq(ROW))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Keeps the hash of a set-up link and when it ends, or neither.
pub async fn keep_set_up(tx: &WriteTx, link: Option<(String, Moment)>) -> Result<(), StoreError> {
    let mut row = lock(tx).await?.into_active_model();
    let (hash, expires_at) = link.unzip();
    row.set_up_hash = Set(hash);
    row.set_up_expires_at = Set(expires_at);
    row.update(tx.db()).await?;
    Ok(())
}

/// Keeps the key that notes are signed with.
pub async fn keep_note_key(tx: &WriteTx, row: Record, key: &[u8]) -> Result<(), StoreError> {
    let mut row = row.into_active_model();
    row.note_key = Set(Some(key.to_vec()));
    row.update(tx.db()).await?;
    Ok(())
}

/// What is remembered of the clocks of servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeenTime {
    /// The latest time that was accepted as right.
    pub latest: Option<Moment>,
    /// A clock that has jumped away from it.
    pub doubtful: Option<DoubtfulTime>,
}

/// A clock that has jumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubtfulTime {
    /// What it said last.
    pub time: Moment,
    /// How long servers have run by it, in microseconds.
    pub ran: i64,
}

/// What is remembered; kept for this transaction.
pub async fn seen_time(tx: &WriteTx) -> Result<SeenTime, StoreError> {
    let Record { latest_time, doubtful_time, doubtful_ran, .. } = lock(tx).await?;
    let doubtful = doubtful_time.map(|time| DoubtfulTime { time, ran: doubtful_ran.unwrap_or(0) });
    Ok(SeenTime { latest: latest_time, doubtful })
}

/// Keeps what is remembered of the clocks.
pub async fn keep_seen_time(tx: &WriteTx, seen: SeenTime) -> Result<(), StoreError> {
    let SeenTime { latest, doubtful } = seen;
    let row = ActiveModel {
        id: Set(ROW),
        latest_time: Set(latest),
        doubtful_time: Set(doubtful.map(|doubtful| doubtful.time)),
        doubtful_ran: Set(doubtful.map(|doubtful| doubtful.ran)),
        ..Default::default()
    };
    row.update(tx.db()).await?;
    Ok(())
}
