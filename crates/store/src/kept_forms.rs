//! What pages keep in their readers' sessions. It ends with the session.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

pub use super::entity::kept_form::Model as Record;
use super::entity::kept_form::{Column, Entity};
use super::{StoreError, WriteTx};

/// Keeps a form in place of the one under its name.
pub async fn put(tx: &WriteTx, form: Record) -> Result<(), StoreError> {
    let mut over = OnConflict::columns([Column::SessionId, Column::Name]);
    over.update_columns([Column::Data, Column::Octets, Column::KeptAt]);
    Entity::insert(form.into_active_model()).on_conflict(over).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// What a session keeps under a name.
pub async fn find(db: &impl ConnectionTrait, session: &str, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let form = Entity::find_by_id((session.to_owned(), name.to_owned())).one(db).await?;
    Ok(form.map(|form| form.data))
}

/// Forgets what a session keeps under a name.
pub async fn delete(tx: &WriteTx, session: &str, name: &str) -> Result<(), StoreError> {
    Entity::delete_by_id((session.to_owned(), name.to_owned())).exec(tx.db()).await?;
    Ok(())
}

/// Names and sizes of a session's forms other than this one, the newest first.
pub async fn others(tx: &WriteTx, session: &str, name: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let others = Entity::find().filter(Column::SessionId.eq(session)).filter(Column::Name.ne(name));
    let sizes = others.select_only().columns([Column::Name, Column::Octets]).order_by_desc(Column::KeptAt);
    Ok(sizes.into_tuple().all(tx.db()).await?)
}
