//! Table `schedule_runs`: one row for each planned time of a schedule.

use model::{Moment, RunId, RunState, ScheduleId, Stage};
use sea_orm::entity::prelude::*;

/// A run of a schedule.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_runs")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: RunId,
    /// The schedule that it runs.
    pub schedule_id: ScheduleId,
    /// The time that the schedule gave, or when a person asked for it; unique in its schedule.
    pub planned_at: Moment,
    /// How far it is.
    pub state: RunState,
    /// Whether a person asked for it.
    pub by_hand: bool,
    /// Whether no server ran when it was due.
    pub late: bool,
    /// Times after the planned one that were left out, since no server ran.
    pub missed: i64,
    /// Attempts that were begun.
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
    /// When the first attempt began.
    pub started_at: Option<Moment>,
    /// When it came to its end.
    pub ended_at: Option<Moment>,
    /// Rows of the report, once it is made.
    pub row_count: Option<i64>,
    /// Octets of the report.
    pub size: Option<i64>,
    /// To how many addresses it goes.
    pub recipients: i64,
    /// The name of the account that it was sent through.
    pub account_name: Option<String>,
    /// The stage that failed, where one did.
    pub failed_at: Option<Stage>,
    /// What the mail server said, or why it could not be sent.
    pub words: String,
}

/// None: queries join tables by their columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
