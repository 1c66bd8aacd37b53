//! Table `test_batches`.

use model::{BatchId, Moment};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "test_batches")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: BatchId,
    pub started_at: Moment,
    pub started_by: String,
    pub recipient: String,
    /// The key of the stage after which each test ends on purpose; empty to send messages.
    pub stop_after: String,
    /// [`model::BatchItem`]s as JSON.
    pub items: String,
    /// None where they begin at once.
    pub begins_at: Option<Moment>,
    /// A sign of life of the server that runs it.
    pub seen_at: Moment,
    pub ended: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
