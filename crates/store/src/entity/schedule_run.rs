//! Table `schedule_runs`: one row for each planned time of a schedule.

use model::{Moment, RunId, RunState, ScheduleId, Stage};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_runs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: RunId,
    pub schedule_id: ScheduleId,
    pub planned_at: Moment,
    pub state: RunState,
    pub by_hand: bool,
    pub late: bool,
    /// Times after the planned one that were left out, since no server ran.
    pub missed: i64,
    #[sea_orm(column_name = "tries")]
    pub attempts: i32,
    /// When it is attempted, while it waits.
    pub due_at: Moment,
    /// Counts the leases: what the holder of an older one says does not count.
    #[sea_orm(column_name = "claim")]
    pub lease: i64,
    /// When its lease expires; None where nobody has one.
    #[sea_orm(column_name = "held_until")]
    pub lease_until: Option<Moment>,
    pub started_at: Option<Moment>,
    pub ended_at: Option<Moment>,
    pub row_count: Option<i64>,
    /// Octets of the report.
    pub size: Option<i64>,
    pub recipients: i64,
    pub account_name: Option<String>,
    pub failed_at: Option<Stage>,
    pub words: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
