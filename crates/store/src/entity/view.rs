//! Table `views`.

use model::{Moment, UserId, ViewId, ViewName};
use sea_orm::entity::prelude::*;

/// A view of the report.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "views")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: ViewId,
    /// Whose it is.
    pub owner_id: UserId,
    /// Unique, folded, among those of its owner.
    pub name: ViewName,
    /// Of `name`.
    pub name_folded: String,
    /// The short query of its list.
    pub query: String,
    /// Whether everybody who signs in sees it.
    pub is_shared: bool,
    /// When it was last saved.
    pub saved_at: Moment,
    /// None while it is there.
    pub deleted_at: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
