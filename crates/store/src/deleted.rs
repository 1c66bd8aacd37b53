//! What was deleted for good: credentials, connectors, schedules and views that nobody restored in time.

use model::Moment;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::accounts::DELETED_RETENTION;
use super::entity::{schedule, schedule_file, schedule_run};
use super::{StoreError, WriteTx, connectors, credentials, views};

/// Forgets what was deleted 30 days ago, and gives how many records.
pub async fn purge(tx: &WriteTx, now: Moment) -> Result<u64, StoreError> {
    let old = now.minus(DELETED_RETENTION);
    // A credential outlives the connectors that may come back to it.
    let connectors = connectors::purge(tx, old).await?;
    let credentials = credentials::purge(tx, old).await?;
    Ok(connectors + credentials + purge_schedules(tx, old).await? + views::purge(tx, old).await?)
}

/// With their runs, and the files of those.
async fn purge_schedules(tx: &WriteTx, before: Moment) -> Result<u64, StoreError> {
    let old = schedule::Column::DeletedAt.lt(before);
    let ids = schedule::Entity::find().select_only().column(schedule::Column::Id).filter(old.clone()).into_query();
    let of_old = schedule_run::Column::ScheduleId.in_subquery(ids);
    let runs = schedule_run::Entity::find().select_only().column(schedule_run::Column::Id).filter(of_old.clone());
    let files = schedule_file::Column::RunId.in_subquery(runs.into_query());
    schedule_file::Entity::delete_many().filter(files).exec(tx.db()).await?;
    schedule_run::Entity::delete_many().filter(of_old).exec(tx.db()).await?;
    Ok(schedule::Entity::delete_many().filter(old).exec(tx.db()).await?.rows_affected)
}
