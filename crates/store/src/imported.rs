//! What accounts were before an import: kept for 30 days, of the newest imports.

use model::moment::DAY;
use model::{AccountId, ChangeId, Moment};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::changes::StoredChangeKind;
use super::entity::change;
use super::entity::imported_account::{Column, Entity, Model};
use super::{StoreError, WriteTx};

/// How long an import can be undone.
const UNDO_PERIOD: i64 = 30 * DAY;
/// How many imports can be undone at a time: what they keep is as large as their files.
const IMPORTS_KEPT: u64 = 10;

/// An account that was imported.
pub struct ImportedAccount {
    /// Which account it is.
    pub account: AccountId,
    /// Its version once it was imported.
    pub version: i64,
    /// Its form before, as JSON; None where it was new.
    pub previous: Option<String>,
}

/// Keeps what the accounts of an import were, and forgets those of older imports than the newest.
pub async fn keep(tx: &WriteTx, change: ChangeId, accounts: Vec<ImportedAccount>) -> Result<(), StoreError> {
    let row = |ImportedAccount { account, version, previous }| {
        Model { change_id: change, account_id: account, version, previous }.into_active_model()
    };
    let mut rows = accounts.into_iter().map(row).peekable();
    while rows.peek().is_some() {
        // A statement takes a limited number of values.
        let some: Vec<_> = rows.by_ref().take(500).collect();
        Entity::insert_many(some).exec_without_returning(tx.db()).await?;
    }
    let imports = change::Entity::find().filter(change::Column::Kind.eq(StoredChangeKind::Import));
    let newest = imports.order_by_desc(change::Column::Id).limit(IMPORTS_KEPT).all(tx.db()).await?;
    let newest = newest.into_iter().map(|change| change.id);
    Entity::delete_many().filter(Column::ChangeId.is_not_in(newest)).exec(tx.db()).await?;
    Ok(())
}

/// What the accounts of an import were; nothing once that is forgotten.
pub async fn find(tx: &WriteTx, change: ChangeId) -> Result<Vec<ImportedAccount>, StoreError> {
    let rows = Entity::find().filter(Column::ChangeId.eq(change)).order_by_asc(Column::AccountId).all(tx.db()).await?;
    let imported = |Model { change_id: _, account_id, version, previous }| ImportedAccount {
        account: account_id,
        version,
        previous,
    };
    Ok(rows.into_iter().map(imported).collect())
}

/// Forgets what the accounts of one import were.
pub async fn forget(tx: &WriteTx, change: ChangeId) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::ChangeId.eq(change)).exec(tx.db()).await?;
    Ok(())
}

/// Forgets what can be undone no longer.
pub async fn purge(tx: &WriteTx, now: Moment) -> Result<u64, StoreError> {
    let recent = Query::select()
        .column(change::Column::Id)
        .from(change::Entity)
        .and_where(change::Column::ChangedAt.gte(now.minus(UNDO_PERIOD)))
        .take();
    let old = Entity::delete_many().filter(Column::ChangeId.not_in_subquery(recent));
    Ok(old.exec(tx.db()).await?.rows_affected)
}
