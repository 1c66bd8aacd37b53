//! Table `settings`: one row, number 1.

use model::Moment;
use sea_orm::entity::prelude::*;

/// The settings of this database.
#[derive(Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settings")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Accounts that are not deleted.
    pub account_count: i64,
    /// The hash of the set-up link's token, while nobody is registered.
    pub set_up_hash: Option<String>,
    /// When the set-up link stops working.
    pub set_up_expires_at: Option<Moment>,
    /// Signs what strangers' browsers keep.
    pub note_key: Option<Vec<u8>>,
    /// The latest time that a server has seen and accepted as right.
    pub latest_time: Option<Moment>,
    /// What a clock says that has jumped away from it.
    pub doubtful_time: Option<Moment>,
    /// How long servers have run by that clock, in microseconds.
    pub doubtful_ran: Option<i64>,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("account_count", &self.account_count).finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
