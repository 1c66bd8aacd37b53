//! Table `schedule_files`: what was sent, for some days.

use model::{Moment, RunId, ViewId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_files")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: RunId,
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
    pub kept_until: Moment,
    /// The view whose report it is: who may not see that may not see the file.
    pub view_id: Option<ViewId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
