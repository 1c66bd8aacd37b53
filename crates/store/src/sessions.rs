//! Sessions in the store. A row is made when somebody signs in and never again: what was deleted stays deleted.

use model::{Moment, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

pub use super::entity::session::Model as Record;
use super::entity::session::{Column, Entity};
use super::{StoreError, WriteTx};

/// False if the id is there already.
pub async fn insert(tx: &WriteTx, session: Record) -> Result<bool, StoreError> {
    let mut over = OnConflict::column(Column::Id);
    over.do_nothing();
    let row = session.into_active_model();
    match Entity::insert(row).on_conflict(over).exec_without_returning(tx.db()).await {
        Ok(rows) => Ok(rows > 0),
        Err(DbErr::RecordNotInserted) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The session of this hash, whether it has ended by time or not.
pub async fn find(db: &impl ConnectionTrait, id: &str) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// The same, kept as it is for this transaction.
pub async fn lock(tx: &WriteTx, id: &str) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?)
}

/// Notes that something was asked for, if the session is still there.
pub async fn touch(tx: &WriteTx, id: &str, at: Moment) -> Result<(), StoreError> {
    let seen = Entity::update_many().col_expr(Column::SeenAt, Expr::value(at));
    seen.filter(Column::Id.eq(id)).exec(tx.db()).await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(tx: &WriteTx, id: &str) -> Result<(), StoreError> {
    Entity::delete_by_id(id).exec(tx.db()).await?;
    Ok(())
}

/// Ends the oldest sessions of a person: besides this one, so many of the newest go on.
pub async fn keep_newest(tx: &WriteTx, user: UserId, id: &str, others: u64) -> Result<(), StoreError> {
    let (of_user, is_other) = (Column::UserId.eq(user), Column::Id.ne(id));
    let newest = Entity::find().select_only().column(Column::Id).filter(of_user.clone()).filter(is_other.clone());
    let newest = newest.order_by_desc(Column::SignedInAt).order_by_asc(Column::Id).limit(others).into_query();
    let older = Entity::delete_many().filter(of_user).filter(is_other).filter(Column::Id.not_in_subquery(newest));
    older.exec(tx.db()).await?;
    Ok(())
}

/// Ends every session of a person; says how many there were.
pub async fn delete_of(tx: &WriteTx, user: UserId) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::UserId.eq(user)).exec(tx.db()).await?.rows_affected)
}

/// Forgets sessions whose end has passed, and gives how many.
pub async fn purge(tx: &WriteTx, now: Moment) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(tx.db()).await?.rows_affected)
}
