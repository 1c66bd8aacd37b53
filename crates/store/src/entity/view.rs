//! Table `views`.

use model::{Moment, UserId, ViewId, ViewName};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "views")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: ViewId,
    pub owner_id: UserId,
    pub name: ViewName,
    pub name_folded: String,
    /// The short query of its list.
    pub query: String,
    pub is_shared: bool,
    pub saved_at: Moment,
    pub deleted_at: Option<Moment>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
