//! The networks in the store.

use model::{Actor, Moment, Network, Networks};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect};

use super::entity::networks::Entity;
pub use super::entity::networks::Model as Record;
use super::{StoreError, WriteTx};
use crate::audit::{Action, Event, Resource};

const ROW: i64 = 1;

/// The lists as they are saved.
pub async fn find(db: &impl ConnectionTrait) -> Result<Record, StoreError> {
    the_row(Entity::find_by_id(ROW).one(db).await?)
}

/// Reads them and keeps them for this transaction.
pub async fn lock(tx: &WriteTx) -> Result<Record, StoreError> {
    the_row(Entity::find_by_id(ROW).lock_exclusive().one(tx.db()).await?)
}

fn the_row(row: Option<Record>) -> Result<Record, StoreError> {
    // A migration wrote it, and nothing deletes it.
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the row of the networks".to_owned()))?)
}

/// Every change of them.
pub async fn change(
    tx: &WriteTx,
    record: Record,
    networks: &Networks,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let version = record.version + 1;
    let Networks { closed, open } = networks;
    let mut row = record.into_active_model();
    row.closed = Set(lines(closed));
    row.open = Set(lines(open));
    row.version = Set(version);
    row.saved_at = Set(Some(at));
    row.saved_by = Set(Some(actor.email.to_string()));
    tx.audit(Event::by(actor, Action::Update).on(Resource::Networks));
    Ok(row.update(tx.db()).await?)
}

fn lines(networks: &[Network]) -> String {
    networks.iter().map(|network| format!("{network}\n")).collect()
}
