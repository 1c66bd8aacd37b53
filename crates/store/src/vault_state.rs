//! The one row of the vault: the fingerprints of the keys that secrets are sealed under. It is also the lock of every
//! change of the key file.

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect};

use super::entity::vault::Entity;
pub use super::entity::vault::Model as State;
use super::{StoreError, WriteTx};

const ROW: i64 = 1;

/// The row as it stands.
pub async fn find(db: &impl ConnectionTrait) -> Result<State, StoreError> {
    the_row(Entity::find_by_id(ROW).one(db).await?)
}

/// Reads the row and keeps it for this transaction alone: nobody seals, rotates or writes the key file meanwhile.
pub async fn lock(tx: &WriteTx) -> Result<State, StoreError> {
    the_row(Entity::find_by_id(ROW).lock_exclusive().one(tx.db()).await?)
}

/// Reads the row and keeps it as it is until this transaction ends. Others seal meanwhile; a rotation waits.
pub async fn lock_shared(tx: &WriteTx) -> Result<State, StoreError> {
    the_row(Entity::find_by_id(ROW).lock_shared().one(tx.db()).await?)
}

/// Writes the whole row.
pub async fn keep(tx: &WriteTx, state: &State) -> Result<(), StoreError> {
    let row = state.clone().into_active_model().reset_all();
    Entity::update(row).exec(tx.db()).await?;
    Ok(())
}

fn the_row(row: Option<State>) -> Result<State, StoreError> {
    // The migration wrote it, and nothing deletes it.
    Ok(row.ok_or_else(|| DbErr::RecordNotFound("the row of the vault".to_owned()))?)
}
