//! Table `vault`: one row, number 1.

use sea_orm::entity::prelude::*;

/// Which keys secrets are sealed under.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vault")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The fingerprint of the key that new secrets are sealed under; None before the first start.
    pub current: Option<String>,
    /// While a rotation is going on, the one of the key that it leads away from.
    pub previous: Option<String>,
    /// The version of the format that every secret is sealed in: those of an older one do not open any more.
    pub seal_format: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
