//! When schedules run next.

use model::{Moment, ScheduleId};
use sea_orm::sea_query::{CaseStatement, Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::schedule::{Column, Entity, Model as Record};
use super::{StoreError, WriteTx};

/// Whether a schedule is due.
pub async fn any_due(db: &impl ConnectionTrait, now: Moment) -> Result<bool, StoreError> {
    Ok(Entity::find().filter(Column::NextAt.lte(now)).limit(1).one(db).await?.is_some())
}

/// Schedules that are due, kept for this transaction; those that another server plans at this moment are left to it.
pub async fn due(tx: &WriteTx, now: Moment, at_most: u64) -> Result<Vec<Record>, StoreError> {
    let due = Entity::find().filter(Column::NextAt.lte(now)).order_by_asc(Column::NextAt).order_by_asc(Column::Id);
    let due = due.limit(at_most).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    Ok(due.all(tx.db()).await?)
}

/// When they run next.
pub async fn plan(tx: &WriteTx, next: Vec<(ScheduleId, Option<Moment>)>) -> Result<(), StoreError> {
    if next.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = next.iter().map(|(id, _)| *id).collect();
    let mut case = CaseStatement::new();
    let mut ends = Vec::new();
    for (id, at) in next {
        match at {
            Some(at) => case = case.case(Column::Id.eq(id), Expr::val(at.0)),
            None => ends.push(id),
        }
    }
    if ends.len() < ids.len() {
        let planned = ids.into_iter().filter(|id| !ends.contains(id));
        Entity::update_many()
            .col_expr(Column::NextAt, case.into())
            .filter(Column::Id.is_in(planned))
            .exec(tx.db())
            .await?;
    }
    if !ends.is_empty() {
        Entity::update_many()
            .col_expr(Column::NextAt, Expr::val(Option::<i64>::None))
            .filter(Column::Id.is_in(ends))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}

/// Schedules behind this one that wait for a time later than `now`, by number.
pub async fn waiting(
    db: &impl ConnectionTrait,
    now: Moment,
    behind: ScheduleId,
    at_most: u64,
) -> Result<Vec<Record>, StoreError> {
    let waiting = Entity::find().filter(Column::NextAt.gt(now)).filter(Column::Id.gt(behind));
    Ok(waiting.order_by_asc(Column::Id).limit(at_most).all(db).await?)
}

/// It runs next at this time, unless it was planned or saved meanwhile.
pub async fn move_next(tx: &WriteTx, record: &Record, next_at: Option<Moment>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::NextAt, Expr::val(next_at.map(|at| at.0)))
        .filter(Column::Id.eq(record.id))
        .filter(Column::Version.eq(record.version))
        .filter(Column::NextAt.eq(record.next_at))
        .exec(tx.db())
        .await?;
    Ok(())
}
