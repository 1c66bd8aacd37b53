//! Table `imports`: files between their preview and their import.

use model::{Moment, UserId};
use sea_orm::entity::prelude::*;

/// A file that a person may import.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    /// Whose file it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// Tells this file from the one that the same person chose before.
    pub token: String,
    /// As it was called where it came from.
    pub name: String,
    /// What it holds.
    pub file: Vec<u8>,
    /// When it is forgotten.
    pub expires_at: Moment,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
