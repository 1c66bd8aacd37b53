//! Table `users`.

use model::{EmailAddress, Moment, UserId, ViewId};
use sea_orm::entity::prelude::*;

#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: UserId,
    pub email: EmailAddress,
    pub email_folded: String,
    /// A PHC string: `$argon2id$...`.
    pub password_hash: String,
    /// Random bytes, new with each password: sessions that carry other ones have ended.
    pub session_key: Vec<u8>,
    /// JSON.
    pub preferences: Option<String>,
    /// The view that Posthouse opens with.
    pub default_view_id: Option<ViewId>,
    pub created_at: Moment,
    /// Since when the person may not sign in.
    pub disabled_at: Option<Moment>,
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
