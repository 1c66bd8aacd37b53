//! Table `schedules`.

use model::{AccountId, Moment, RecordName, ReportFormat, ScheduleId, UserId, ViewId};
use sea_orm::entity::prelude::*;

/// A scheduled report.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: ScheduleId,
    /// Unique, folded, among schedules that are not deleted.
    pub name: RecordName,
    /// Of `name`.
    pub name_folded: String,
    /// The report's address: filters, columns and order.
    pub query: String,
    /// The view that it follows instead.
    pub view_id: Option<ViewId>,
    /// How the report travels.
    pub format: ReportFormat,
    /// [`model::Recurrence`] as JSON.
    pub recurrence: String,
    /// A name of the IANA time zone database.
    pub zone: String,
    /// Addresses, each on a line.
    pub recipients: String,
    /// Of `recipients`.
    pub recipients_folded: String,
    /// None for the default account.
    pub account_id: Option<AccountId>,
    /// The subject of the message.
    pub subject: String,
    /// Whether a report without rows is sent.
    pub send_empty: bool,
    /// Whether it runs at its times.
    pub enabled: bool,
    /// Whose it is: the report shows what this person may see.
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
    /// When it was first saved.
    pub created_at: Moment,
    /// When it was last saved.
    pub saved_at: Moment,
    /// Who saved it last: an e-mail address.
    pub saved_by: String,
    /// None while it is there.
    pub deleted_at: Option<Moment>,
}

/// None: queries join tables by their columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
