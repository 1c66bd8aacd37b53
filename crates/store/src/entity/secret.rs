//! Table `secrets`: what is sealed, and for which field of which record.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "secrets")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub kind: String,
    pub record_id: i64,
    pub field: String,
    pub version: i64,
    /// The fingerprint of the key that the data key is sealed under.
    pub key: String,
    pub wrapped: Vec<u8>,
    pub sealed: Vec<u8>,
    /// The version of the format that it is sealed in.
    pub format: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
