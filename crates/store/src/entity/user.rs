//! Table `users`.

use model::{EmailAddress, Moment, UserId, ViewId};
use sea_orm::entity::prelude::*;

/// A person who may sign in.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: UserId,
    /// What the person signs in with.
    pub email: EmailAddress,
    /// Of `email`; unique.
    pub email_folded: String,
    /// A PHC string: `$argon2id$...`.
    pub password_hash: String,
    /// Random bytes, new with each password: sessions that carry other ones have ended.
    pub session_key: Vec<u8>,
    /// JSON.
    pub preferences: Option<String>,
    /// The view that Posthouse opens with.
    pub default_view_id: Option<ViewId>,
    /// When the person was registered.
    pub created_at: Moment,
    /// Since when the person may not sign in.
    pub disabled_at: Option<Moment>,
    /// None before the first sign-in.
    pub last_sign_in_at: Option<Moment>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
