//! Table `kept_forms`: what a page keeps in its reader's session until it is shown again.

use model::Moment;
use sea_orm::entity::prelude::*;

/// A form that was refused, or another thing that a page keeps.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_forms")]
pub struct Model {
    /// The hash that names its session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: String,
    /// What the page calls it, unique in its session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// What the page reads again.
    pub data: Vec<u8>,
    /// What it counts for in its session.
    pub octets: i64,
    /// When it was put there.
    pub kept_at: Moment,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptForm").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
