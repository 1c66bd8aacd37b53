//! Table `credentials`. The sealed secrets stand in a table of their own.

use model::{CredentialId, Moment, RecordName, SecretReference};
use sea_orm::entity::prelude::*;

/// A credential.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: CredentialId,
    /// Unique, folded, among credentials that are not deleted.
    pub name: RecordName,
    /// Of `name`.
    pub name_folded: String,
    /// The name that it signs in with.
    pub user_name: String,
    /// Of `user_name`.
    pub user_name_folded: String,
    /// [`model::Destinations`] as JSON.
    pub destinations: String,
    /// The hosts among them, separated by spaces.
    pub hosts_folded: String,
    /// A secret is sealed in the vault, at `secret_version`.
    pub in_vault: bool,
    /// Counts the seals, and never goes back: a seal of another version is not this one's.
    pub secret_version: i64,
    /// Where the secret is read from when it is used.
    pub reference: Option<SecretReference>,
    /// Counts the saves: a form that was loaded from an older one is stale.
    pub version: i64,
    /// When it was first saved.
    pub created_at: Moment,
    /// When it was last saved.
    pub saved_at: Moment,
    /// Who saved it last: an e-mail address.
    pub saved_by: String,
    /// None while it is there.
    pub deleted_at: Option<Moment>,
}

/// None: queries join tables by their columns.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
