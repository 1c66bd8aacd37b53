//! Table `imported_accounts`: what accounts were before an import.

use model::{AccountId, ChangeId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imported_accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_id: ChangeId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The account's version once it was imported.
    pub version: i64,
    /// Its form before, as JSON; None where it was new.
    pub previous: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
