//! Counters of attempts to sign in, in the store.

use model::Moment;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

pub use super::entity::login_counter::Model as Record;
use super::entity::login_counter::{ActiveModel, Column, Entity};
use super::{StoreError, WriteTx};

/// The range of start times in which a counter is valid. It ends after the present, since the clocks of several servers
/// may differ; a later start comes from a clock that was set back since.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// A counter that began then or before is over.
    pub after: Moment,
    /// A counter that began after this comes from a clock that was set back.
    pub until: Moment,
}

/// Those of the counters that are within the span.
pub async fn find(db: &impl ConnectionTrait, ids: &[&str], span: Span) -> Result<Vec<Record>, StoreError> {
    Ok(Entity::find().filter(Column::Id.is_in(ids.iter().copied())).filter(within(span)).all(db).await?)
}

/// Counts one more, or the first of a new span that begins `at`.
pub async fn add(tx: &WriteTx, id: &str, at: Moment, span: Span) -> Result<Record, StoreError> {
    let first = ActiveModel { id: Set(id.to_owned()), attempts: Set(1), began_at: Set(at) };
    let counts_on = |more: Expr, anew: Expr| CaseStatement::new().case(within(span), more).finally(anew);
    let mut over = OnConflict::column(Column::Id);
    over.value(Column::Attempts, counts_on(Column::Attempts.into_expr().add(1), Expr::val(1)));
    over.value(Column::BeganAt, counts_on(Column::BeganAt.into_expr(), Expr::val(at.0)));
    Ok(Entity::insert(first).on_conflict(over).exec_with_returning(tx.db()).await?)
}

/// Takes one attempt back, which turned out right.
pub async fn subtract_one(tx: &WriteTx, id: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
        .filter(Column::Id.eq(id))
        .filter(Column::Attempts.gt(0))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// Forgets a counter.
pub async fn clear(tx: &WriteTx, id: &str) -> Result<(), StoreError> {
    Entity::delete_by_id(id).exec(tx.db()).await?;
    Ok(())
}

/// Deletes those that began before, and of more than `at_most` those that counted least.
pub async fn purge(tx: &WriteTx, began_before: Moment, at_most: u64) -> Result<(), StoreError> {
    Entity::delete_many().filter(Column::BeganAt.lt(began_before)).exec(tx.db()).await?;
    let Some(excess) = Entity::find().count(tx.db()).await?.checked_sub(at_most).filter(|excess| *excess > 0) else {
        return Ok(());
    };
    let least = Entity::find().select_only().column(Column::Id);
    let least = least.order_by_asc(Column::Attempts).order_by_asc(Column::BeganAt).limit(excess).into_query();
    Entity::delete_many().filter(Column::Id.in_subquery(least)).exec(tx.db()).await?;
    Ok(())
}

fn within(span: Span) -> Expr {
    Column::BeganAt.gt(span.after).and(Column::BeganAt.lte(span.until))
}
