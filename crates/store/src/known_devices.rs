//! Browsers that people signed in with, in the store.

use model::{Moment, UserId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::known_device::{ActiveModel, Column, Entity};
use super::{StoreError, WriteTx};

/// Whether anybody signed in with it since then.
pub async fn is_known(db: &impl ConnectionTrait, id: &str, since: Moment) -> Result<bool, StoreError> {
    let known = Entity::find().filter(Column::Id.eq(id)).filter(Column::UsedAt.gt(since));
    Ok(known.one(db).await?.is_some())
}

/// Whether this person did.
pub async fn is_known_to(db: &impl ConnectionTrait, id: &str, user: UserId, since: Moment) -> Result<bool, StoreError> {
    let known = Entity::find_by_id((id.to_owned(), user)).filter(Column::UsedAt.gt(since));
    Ok(known.one(db).await?.is_some())
}

/// Keeps that the person signed in with it, and of the person's devices no more than `at_most`.
pub async fn keep(tx: &WriteTx, id: &str, user: UserId, at: Moment, at_most: u64) -> Result<(), StoreError> {
    let row = ActiveModel { id: Set(id.to_owned()), user_id: Set(user), used_at: Set(at) };
    let mut over = OnConflict::columns([Column::Id, Column::UserId]);
    over.update_column(Column::UsedAt);
    Entity::insert(row).on_conflict(over).exec_without_returning(tx.db()).await?;
    let newest = Entity::find().filter(Column::UserId.eq(user)).order_by_desc(Column::UsedAt);
    let last_kept = newest.offset(at_most.saturating_sub(1)).limit(1).one(tx.db()).await?;
    if let Some(oldest_kept) = last_kept {
        let older = Entity::delete_many().filter(Column::UserId.eq(user));
        older.filter(Column::UsedAt.lt(oldest_kept.used_at)).exec(tx.db()).await?;
    }
    Ok(())
}

/// Forgets devices that nobody has used since.
pub async fn purge(tx: &WriteTx, used_before: Moment) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::UsedAt.lt(used_before)).exec(tx.db()).await?;
    Ok(())
}
