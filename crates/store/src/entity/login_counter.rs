//! Table `login_counters`.

use model::Moment;
use sea_orm::entity::prelude::*;

/// A counter of attempts to sign in.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "login_counters")]
pub struct Model {
    /// A digest of what is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// How many there were since `began_at`.
    #[sea_orm(column_name = "tries")]
    pub attempts: i64,
    /// When the first of them was made.
    pub began_at: Moment,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
