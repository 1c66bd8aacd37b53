//! Table `changes`: of several accounts at once.

use model::{AccountId, ChangeId, ChangeKind, Moment};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ChangeId,
    pub kind: ChangeKind,
    /// Accounts that it changed.
    pub count: i64,
    /// The account that lost the mark of the default by it.
    pub was_default: Option<AccountId>,
    pub changed_at: Moment,
    pub changed_by: String,
    pub undone: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
