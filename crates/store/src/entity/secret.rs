//! Table `secrets`: what is sealed, and for which field of which record.

use sea_orm::entity::prelude::*;

/// A sealed secret. What it is sealed for is described by its slot: `kind`, `record_id` and `field`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "secrets")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// A key of [`model::secret::SecretOwner`].
    pub kind: String,
    /// The number of the record, among those of its kind.
    pub record_id: i64,
    /// A key of [`model::secret::SecretField`].
    pub field: String,
    /// The version of the record's secret that was sealed.
    pub version: i64,
    /// The fingerprint of the key that the data key is sealed under.
    pub key: String,
    /// The data key, sealed under the vault's key.
    pub wrapped: Vec<u8>,
    /// The secret, sealed under the data key.
    pub sealed: Vec<u8>,
    /// The version of the format that it is sealed in.
    pub format: i64,
}

/// None: queries join tables by their columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
