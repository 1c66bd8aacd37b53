//! What was sent as scheduled reports on a day, by each owner and in all.

use model::UserId;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::report_usage::{ActiveModel, Column, Entity, Model};
use super::{StoreError, WriteTx};

/// Whose usage it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One person's.
    One(UserId),
    /// That of all people together.
    Everybody,
}

impl Whose {
    /// Numbers of people begin at 1.
    fn number(self) -> i64 {
        match self {
            Self::One(UserId(number)) => number,
            Self::Everybody => 0,
        }
    }
}

/// Messages, one for each recipient, and their octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// One for each recipient of a message.
    pub messages: u64,
    /// A message's octets, once for each recipient.
    pub octets: u64,
}

/// What was sent on this day, in days since 1970.
pub async fn find(db: &impl ConnectionTrait, day: i64, whose: Whose) -> Result<Usage, StoreError> {
    let found = Entity::find_by_id((day, whose.number())).one(db).await?;
    Ok(found
        .map(|Model { messages, octets, .. }| Usage { messages: messages as u64, octets: octets as u64 })
        .unwrap_or_default())
}

/// Adds to it, and gives the new sum; nobody else adds until this transaction ends.
pub async fn add(tx: &WriteTx, day: i64, whose: Whose, usage: Usage) -> Result<Usage, StoreError> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let (messages, octets) = (count(usage.messages), count(usage.octets));
    let row =
        ActiveModel { day: Set(day), owner_id: Set(whose.number()), messages: Set(messages), octets: Set(octets) };
    let sum = OnConflict::columns([Column::Day, Column::OwnerId])
        .value(Column::Messages, Expr::col((Entity, Column::Messages)).add(messages))
        .value(Column::Octets, Expr::col((Entity, Column::Octets)).add(octets))
        .to_owned();
    Entity::insert(row).on_conflict(sum).exec_without_returning(tx.db()).await?;
    find(tx.db(), day, whose).await
}

/// Forgets the days before this one.
pub async fn purge(tx: &WriteTx, before: i64) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::Day.lt(before)).exec(tx.db()).await?.rows_affected)
}
