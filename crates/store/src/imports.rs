//! Files between their preview and their import, one for each person.

use model::{Moment, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

pub use super::entity::import::Model as Record;
use super::entity::import::{Column, Entity};
use super::{StoreError, WriteTx};

/// Keeps a file in place of the one before.
pub async fn put(tx: &WriteTx, record: Record) -> Result<(), StoreError> {
    let mut over = OnConflict::column(Column::UserId);
    over.update_columns([Column::Token, Column::Name, Column::File, Column::ExpiresAt]);
    Entity::insert(record.into_active_model()).on_conflict(over).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The file of a person, as long as it is this one and is kept.
pub async fn find(
    db: &impl ConnectionTrait,
    user: UserId,
    token: &str,
    now: Moment,
) -> Result<Option<Record>, StoreError> {
    let found = Entity::find_by_id(user).filter(Column::Token.eq(token)).filter(Column::ExpiresAt.gt(now));
    Ok(found.one(db).await?)
}

/// Forgets files whose time is over, and gives how many.
pub async fn purge(tx: &WriteTx, now: Moment) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx.db()).await?.rows_affected)
}
