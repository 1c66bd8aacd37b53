//! What credentials, network connectors and schedules share: records of a plain list, whose names are there once. One
//! that was deleted keeps its row for a while, and is in no list.

use model::{Actor, Direction, Filter, Moment, Problem, RecordName, text};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder, Select};

use super::query::contains;
use super::{StoreError, WriteTx};
use crate::audit::{Action, Event, Resource};

/// These records, as far as they are there.
pub async fn find_some<E: EntityTrait>(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<Vec<E::Model>, StoreError> {
    if ids.is_empty() {
        Ok(Vec::new())
    } else {
        Ok(E::find().filter(Expr::col("id").is_in(ids)).filter(is_there()).all(db).await?)
    }
}

/// Every record, by name.
pub async fn all<E: EntityTrait>(db: &impl ConnectionTrait) -> Result<Vec<E::Model>, StoreError> {
    Ok(E::find().filter(is_there()).order_by(Expr::col("name_folded"), Order::Asc).all(db).await?)
}

/// Whether another record than this one has the name.
pub async fn name_is_taken<E: EntityTrait>(
    db: &impl ConnectionTrait,
    name: &RecordName,
    id: Option<i64>,
) -> Result<bool, StoreError> {
    let mut others = E::find().filter(is_there()).filter(Expr::col("name_folded").eq(text::fold(name.as_str())));
    if let Some(id) = id {
        others = others.filter(Expr::col("id").ne(id));
    }
    Ok(others.one(db).await?.is_some())
}

/// The records that hold the text of each filter in its folded column.
pub fn matching<E: EntityTrait, F: Filter>(
    filter: &F,
    column: impl Fn(F::Key) -> E::Column,
    backend: DbBackend,
) -> Select<E> {
    let mut condition = Condition::all().add(is_there());
    for key in filter.active() {
        let term = text::fold(filter.value(key).trim());
        condition = condition.add(contains(column(key).into_expr(), term, backend));
    }
    E::find().filter(condition)
}

/// It was not deleted.
pub fn is_there() -> Expr {
    Expr::col("deleted_at").is_null()
}

/// Refuses a record that was deleted.
pub fn check_there(name: &RecordName, saved_by: &str, deleted_at: Option<Moment>) -> Result<(), StoreError> {
    match deleted_at {
        Some(at) => Err(Problem::NotFound(format!("“{name}” was deleted by {saved_by} on {at}.")).into()),
        None => Ok(()),
    }
}

/// Refuses to restore a record of this name that is not deleted.
pub fn not_deleted(name: &str) -> StoreError {
    Problem::Refused(format!("“{name}” is not deleted.")).into()
}

/// What becomes of a record whose row stays.
#[derive(Clone, Copy)]
pub enum Mark<'a> {
    Deleted,
    /// It is there again, under this name.
    Restored(&'a RecordName),
}

/// Marks a record, as one change of it.
pub async fn mark<E: EntityTrait>(
    tx: &WriteTx,
    (id, resource): (i64, Resource),
    mark: Mark<'_>,
    actor: &Actor,
    at: Moment,
) -> Result<(), StoreError> {
    let row = E::update_many()
        .col_expr("version", Expr::col("version").add(1))
        .col_expr("saved_at", Expr::value(at))
        .col_expr("saved_by", Expr::value(actor.email.to_string()));
    let (action, row) = match mark {
        Mark::Deleted => (Action::Delete, row.col_expr("deleted_at", Expr::value(at))),
        Mark::Restored(name) => {
            let row = row.col_expr("deleted_at", Expr::value(Option::<Moment>::None));
            let row = row.col_expr("name", Expr::value(name.clone()));
            (Action::Restore, row.col_expr("name_folded", Expr::value(text::fold(name.as_str()))))
        }
    };
    row.filter(Expr::col("id").eq(id)).exec(tx.db()).await?;
    tx.audit(Event::by(actor, action).on(resource));
    Ok(())
}

/// In this order; ties are broken by ID, in the same direction.
pub fn in_order<E: EntityTrait>(select: Select<E>, by: E::Column, direction: Direction) -> Select<E> {
    let order = match direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    };
    select.order_by(by, order.clone()).order_by(Expr::col("id"), order)
}
