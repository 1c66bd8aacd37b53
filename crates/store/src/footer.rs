//! The message footer in the store.

use model::{Actor, Footer, Moment};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect};

use super::entity::footer::Entity;
pub use super::entity::footer::Model as Record;
use super::{StoreError, WriteTx};
use crate::audit::{Action, Event, Resource};

const ROW: i64 = 1;

/// The footer as it is saved.
pub async fn find(db: &impl ConnectionTrait) -> Result<Record, StoreError> {
    the_row(Entity::find_by_id(ROW).one(db).await?)
}

/// Reads the footer and keeps it for this transaction.
pub async fn lock(tx: &WriteTx) -> Result<Record, StoreError> {
    the_row(Entity::find_by_id(ROW).lock_exclusive().one(tx.db()).await?)
}

fn the_row(row: Option<Record>) -> Result<Record, StoreError> {
    // A migration wrote it, and nothing deletes it.
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the row of the footer".to_owned()))?)
}

/// Every change of the footer.
pub async fn change(
    tx: &WriteTx,
    record: Record,
    footer: &Footer,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let version = record.version + 1;
    let Footer { text, html } = footer;
    let mut row = record.into_active_model();
    row.text = Set(text.clone());
    row.html = Set(html.clone());
    row.version = Set(version);
    row.saved_at = Set(Some(at));
    row.saved_by = Set(Some(actor.email.to_string()));
    tx.audit(Event::by(actor, Action::Update).on(Resource::Footer));
    Ok(row.update(tx.db()).await?)
}
