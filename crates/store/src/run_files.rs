//! The reports that runs sent, kept for some days.

use model::{Problem, RunId, ViewId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

pub use super::entity::schedule_file::Model as File;
use super::entity::schedule_run::{Column, Entity};
use super::entity::{schedule, schedule_file as file};
use super::records::is_there;
use super::{StoreError, WriteTx};

/// Keeps the file of a run, in place of an earlier attempt's.
pub async fn keep_file(tx: &WriteTx, file: File) -> Result<(), StoreError> {
    file::Entity::delete_by_id(file.run_id).exec(tx.db()).await?;
    let File { run_id, name, media_type, content, kept_until, view_id } = file;
    let row = file::ActiveModel {
        run_id: Set(run_id),
        name: Set(name),
        media_type: Set(media_type),
        content: Set(content),
        kept_until: Set(kept_until),
        view_id: Set(view_id),
    };
    file::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Deletes the oldest files until all that is left has at most so many octets.
pub async fn drop_oldest_files(tx: &WriteTx, at_most: u64) -> Result<(), StoreError> {
    let octets = Expr::expr(Func::cust("LENGTH").arg(Expr::col(file::Column::Content))).cast_as("BIGINT");
    let sized = file::Entity::find().select_only().column(file::Column::RunId).column_as(octets, "octets");
    let sized = sized.order_by_desc(file::Column::RunId).into_tuple::<(RunId, i64)>().all(tx.db()).await?;
    let mut total = 0;
    let first_over = sized.into_iter().find(|(_, octets)| {
        total += u64::try_from(*octets).unwrap_or(0);
        total > at_most
    });
    if let Some((run, _)) = first_over {
        file::Entity::delete_many().filter(file::Column::RunId.lte(run)).exec(tx.db()).await?;
    }
    Ok(())
}

/// The file of a run, while it is kept, and its schedule is not deleted.
pub async fn find_file(db: &impl ConnectionTrait, run: RunId) -> Result<File, StoreError> {
    let there = schedule::Entity::find().select_only().column(schedule::Column::Id).filter(is_there()).into_query();
    let of_run = Entity::find_by_id(run).filter(Column::ScheduleId.in_subquery(there)).one(db).await?;
    let found = match of_run {
        Some(_) => file::Entity::find_by_id(run).one(db).await?,
        None => None,
    };
    found.ok_or_else(|| Problem::NotFound("The file of this run is kept no longer.".to_owned()).into())
}

/// Which of these runs have a file, and of which view it is.
pub async fn with_file(db: &impl ConnectionTrait, runs: &[RunId]) -> Result<Vec<(RunId, Option<ViewId>)>, StoreError> {
    let files = file::Entity::find().select_only().columns([file::Column::RunId, file::Column::ViewId]);
    Ok(files.filter(file::Column::RunId.is_in(runs.iter().copied())).into_tuple().all(db).await?)
}
