//! Sessions in the store.

use model::Moment;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::session::{ActiveModel, Column, Entity};
use super::{Fault, Write};

fn row(id: &str, data: &[u8], expires_at: Moment) -> ActiveModel {
    ActiveModel { id: Set(id.to_owned()), data: Set(data.to_vec()), expires_at: Set(expires_at) }
}

/// False if the id is there already.
pub async fn insert(tx: &Write, id: &str, data: &[u8], expires_at: Moment) -> Result<bool, Fault> {
    let mut over = OnConflict::column(Column::Id);
    over.do_nothing();
    let inserted = Entity::insert(row(id, data, expires_at)).on_conflict(over).exec_without_returning(tx.db()).await;
    match inserted {
        Ok(rows) => Ok(rows > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub async fn upsert(tx: &Write, id: &str, data: &[u8], expires_at: Moment) -> Result<(), Fault> {
    let mut over = OnConflict::column(Column::Id);
    over.update_columns([Column::Data, Column::ExpiresAt]);
    Entity::insert(row(id, data, expires_at)).on_conflict(over).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// The data of a session that has not ended.
pub async fn find(db: &impl ConnectionTrait, id: &str, now: Moment) -> Result<Option<Vec<u8>>, Fault> {
    let session = Entity::find_by_id(id).filter(Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(session.map(|session| session.data))
}

pub async fn delete(tx: &Write, id: &str) -> Result<(), Fault> {
    Entity::delete_by_id(id).exec(tx.db()).await?;
    Ok(())
}

pub async fn purge(tx: &Write, now: Moment) -> Result<u64, Fault> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx.db()).await?.rows_affected)
}
