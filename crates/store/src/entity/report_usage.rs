//! Table `report_usage`: what was sent as scheduled reports on a day.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "report_usage")]
pub struct Model {
    /// Days of UTC since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i64,
    /// A person's number; 0 for all of them together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: i64,
    /// One for each recipient of a message.
    pub messages: i64,
    /// A message's octets, once for each recipient.
    pub octets: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
