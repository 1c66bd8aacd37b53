//! Tests of several accounts in the store.

use model::{Actor, BatchId, BatchItem, Moment, Problem, TestSendDraft};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait};

pub use super::entity::batch::Model as Record;
use super::entity::batch::{ActiveModel, Entity};
use super::{StoreError, WriteTx};

/// Keeps one that begins now.
pub async fn insert(
    tx: &WriteTx,
    items: &[BatchItem],
    draft: &TestSendDraft,
    begins_at: Option<Moment>,
    actor: &Actor,
    at: Moment,
) -> Result<BatchId, StoreError> {
    let row = ActiveModel {
        started_at: Set(at),
        started_by: Set(actor.email.to_string()),
        recipient: Set(draft.recipient.clone()),
        stop_after: Set(draft.stop_after.clone()),
        items: Set(json(items)?),
        begins_at: Set(begins_at),
        seen_at: Set(at),
        ended: Set(false),
        ..Default::default()
    };
    Ok(row.insert(tx.db()).await?.id)
}

/// Keeps how far it is.
pub async fn update(tx: &WriteTx, id: BatchId, items: &[BatchItem], ended: bool, at: Moment) -> Result<(), StoreError> {
    let row = ActiveModel {
        id: Set(id),
        items: Set(json(items)?),
        seen_at: Set(at),
        ended: Set(ended),
        ..Default::default()
    };
    Entity::update(row).exec(tx.db()).await?;
    Ok(())
}

/// A batch with its items, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: BatchId) -> Result<(Record, Vec<BatchItem>), StoreError> {
    let Some(record) = Entity::find_by_id(id).one(db).await? else {
        return Err(Problem::NotFound(format!("There is no test of several accounts {id}.")).into());
    };
    let items = serde_json::from_str(&record.items).map_err(|error| DbErr::Json(error.to_string()))?;
    Ok((record, items))
}

fn json(items: &[BatchItem]) -> Result<String, StoreError> {
    Ok(serde_json::to_string(items).map_err(|error| DbErr::Json(error.to_string()))?)
}
