//! Table `schedules`.

use model::{AccountId, Moment, RecordName, ReportFormat, ScheduleId, UserId, ViewId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ScheduleId,
    pub name: RecordName,
    pub name_folded: String,
    /// The report's address: filters, columns and order.
    pub query: String,
    /// The view that it follows instead.
    pub view_id: Option<ViewId>,
    pub format: ReportFormat,
    /// [`model::Recurrence`] as JSON.
    pub recurrence: String,
    pub zone: String,
    /// Addresses, each on a line.
    pub recipients: String,
    pub recipients_folded: String,
    /// None for the default account.
    pub account_id: Option<AccountId>,
    pub subject: String,
    pub send_empty: bool,
    pub enabled: bool,
    pub owner_id: UserId,
    /// The owner's address.
    pub owner: String,
    /// The next planned time; None while it is paused or stopped.
    pub next_at: Option<Moment>,
    /// Why it does not run any more.
    pub stopped: Option<String>,
    /// Something failed, and its owner has not said that it was seen.
    pub unseen: bool,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    pub created_at: Moment,
    pub saved_at: Moment,
    pub saved_by: String,
    pub deleted_at: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
