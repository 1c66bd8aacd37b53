//! Table `schedule_files`: what was sent, for some days.

use model::{Moment, RunId, ViewId};
use sea_orm::entity::prelude::*;

/// The report that a run sent.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_files")]
pub struct Model {
    /// The run that made it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: RunId,
    /// The name of the file in the message.
    pub name: String,
    /// What its `Content-Type` says.
    pub media_type: String,
    /// What it holds.
    pub content: Vec<u8>,
    /// When it is forgotten.
    pub kept_until: Moment,
    /// The view whose report it is: who may not see that may not see the file.
    pub view_id: Option<ViewId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
