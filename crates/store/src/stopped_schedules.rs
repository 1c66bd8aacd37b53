//! Schedules that stop by themselves, with the reason, and run again once it is gone.

use model::{Moment, Origin, ScheduleId, UserId, ViewId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::entity::schedule::{Column, Entity, Model as Record};
use super::{StoreError, WriteTx, records};
use crate::audit::{Action, Event, Resource};

/// It does not run any more until somebody changes it, and says why.
pub async fn stop(tx: &WriteTx, id: ScheduleId, why: &str) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Stopped, Expr::val(why))
        .col_expr(Column::NextAt, Expr::val(Option::<i64>::None))
        .col_expr(Column::Unseen, Expr::val(true))
        .filter(Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    tx.audit(Event::from(&Origin::Server, Action::Stop).on(Resource::Schedule(id)));
    Ok(())
}

/// All of a person's that are enabled stop, also deleted ones, and say why. Gives how many.
pub async fn stop_of(tx: &WriteTx, owner: UserId, why: &str) -> Result<u64, StoreError> {
    let own = Entity::find().filter(Column::OwnerId.eq(owner)).filter(Column::Enabled.eq(true));
    let own = own.filter(Column::Stopped.is_null()).lock_exclusive().all(tx.db()).await?;
    for schedule in &own {
        stop(tx, schedule.id, why).await?;
    }
    Ok(own.len() as u64)
}

/// Those that follow this view, except its owner's where it is only not shared any more, stop and say why.
pub async fn stop_following(tx: &WriteTx, view: ViewId, except: Option<UserId>, why: &str) -> Result<(), StoreError> {
    let following = Entity::find().filter(Column::ViewId.eq(view)).filter(Column::Enabled.eq(true));
    let following = following.filter(records::is_there());
    let following = following.filter(Column::Stopped.is_null()).lock_exclusive().all(tx.db()).await?;
    for schedule in following.into_iter().filter(|schedule| Some(schedule.owner_id) != except) {
        stop(tx, schedule.id, why).await?;
    }
    Ok(())
}

/// Those that follow this view and stopped for this reason, kept for this transaction.
pub async fn stopped_following(tx: &WriteTx, view: ViewId, why: &str) -> Result<Vec<Record>, StoreError> {
    let stopped = Entity::find().filter(Column::ViewId.eq(view)).filter(Column::Stopped.eq(why));
    Ok(stopped.filter(records::is_there()).lock_exclusive().all(tx.db()).await?)
}

/// It runs again, next at this time: what had stopped it is no longer so.
pub async fn resume(tx: &WriteTx, id: ScheduleId, next_at: Option<Moment>) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Stopped, Expr::val(Option::<String>::None))
        .col_expr(Column::NextAt, Expr::val(next_at.map(|at| at.0)))
        .col_expr(Column::Unseen, Expr::val(false))
        .filter(Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    tx.audit(Event::from(&Origin::Server, Action::Resume).on(Resource::Schedule(id)));
    Ok(())
}
