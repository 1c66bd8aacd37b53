//! Table `test_batches`.

use model::{BatchId, Moment};
use sea_orm::entity::prelude::*;

/// A test of several accounts.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "test_batches")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: BatchId,
    /// When it was begun.
    pub started_at: Moment,
    /// Who began it: an e-mail address.
    pub started_by: String,
    /// To whom the messages go: an e-mail address.
    pub recipient: String,
    /// The key of the stage after which each test ends on purpose; empty to send messages.
    pub stop_after: String,
    /// [`model::BatchItem`]s as JSON.
    pub items: String,
    /// None where they begin at once.
    pub begins_at: Option<Moment>,
    /// A sign of life of the server that runs it.
    pub seen_at: Moment,
    /// Whether all of its tests have come to an end.
    pub ended: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
