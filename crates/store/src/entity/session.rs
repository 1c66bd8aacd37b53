//! Table `sessions`.

use model::{Moment, UserId};
use sea_orm::entity::prelude::*;

/// A person who is signed in with one browser.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The hash of what the cookie holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who it is.
    pub user_id: UserId,
    /// The person's key as it was at signing in.
    pub session_key: Vec<u8>,
    /// When it began.
    pub signed_in_at: Moment,
    /// When something was asked for last, to a minute.
    pub seen_at: Moment,
    /// The end, however much is asked for until then.
    pub expires_at: Moment,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
