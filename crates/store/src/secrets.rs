//! Sealed secrets: rows of octets that the vault alone seals and opens.

use model::secret::{SecretField, SecretOwner};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::credential;
pub use super::entity::secret::Model as Record;
use super::entity::secret::{ActiveModel, Column, Entity};
use super::{StoreError, WriteTx};

/// Which secret of which record is meant.
#[derive(Clone, Copy, Debug)]
pub struct SecretSlot {
    /// The kind of record that it belongs to.
    pub kind: SecretOwner,
    /// The number of the record's row.
    pub id: i64,
    /// What of the record is sealed.
    pub field: SecretField,
}

/// A secret as it is written.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// What it is sealed for.
    pub slot: SecretSlot,
    /// The version of the record's secret.
    pub version: i64,
    /// The fingerprint of the key that the data key is sealed under.
    pub key: String,
    /// The sealed data key.
    pub wrapped: Vec<u8>,
    /// The secret, sealed under the data key.
    pub sealed: Vec<u8>,
    /// The version of the format that it is sealed in.
    pub format: i64,
}

/// Writes a secret in place of any other one there.
pub async fn put(tx: &WriteTx, secret: NewSecret) -> Result<(), StoreError> {
    let NewSecret { slot: SecretSlot { kind, id, field }, version, key, wrapped, sealed, format } = secret;
    let row = ActiveModel {
        id: NotSet,
        kind: Set(kind.as_str().to_owned()),
        record_id: Set(id),
        field: Set(field.as_str().to_owned()),
        version: Set(version),
        key: Set(key),
        wrapped: Set(wrapped),
        sealed: Set(sealed),
        format: Set(format),
    };
    let mut over = OnConflict::columns([Column::Kind, Column::RecordId, Column::Field]);
    over.update_columns([Column::Version, Column::Key, Column::Wrapped, Column::Sealed, Column::Format]);
    Entity::insert(row).on_conflict(over).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// What is sealed there, of whatever version it is.
pub async fn find(db: &impl ConnectionTrait, slot: SecretSlot) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find().filter(at(slot)).one(db).await?)
}

/// Deletes what is sealed there, of whatever version it is.
pub async fn remove(tx: &WriteTx, slot: SecretSlot) -> Result<(), StoreError> {
    Entity::delete_many().filter(at(slot)).exec(tx.db()).await?;
    Ok(())
}

fn at(SecretSlot { kind, id, field }: SecretSlot) -> Condition {
    Condition::all()
        .add(Column::Kind.eq(kind.as_str()))
        .add(Column::RecordId.eq(id))
        .add(Column::Field.eq(field.as_str()))
}

/// Forgets the secrets of these records.
pub async fn forget(tx: &WriteTx, kind: SecretOwner, records: &[i64]) -> Result<(), StoreError> {
    // A statement takes a limited number of values.
    for some in records.chunks(500) {
        let of = Column::Kind.eq(kind.as_str()).and(Column::RecordId.is_in(some.iter().copied()));
        Entity::delete_many().filter(of).exec(tx.db()).await?;
    }
    Ok(())
}

/// Secrets in all. What is sealed of references is none.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::Field.eq(SecretField::Secret.as_str())).count(db).await?)
}

/// Secrets that are sealed under this key and come after this one, by number, kept for this transaction.
pub async fn under(tx: &WriteTx, key: &str, after: i64, rows: Option<u64>) -> Result<Vec<Record>, StoreError> {
    let rest = Entity::find().filter(Column::Key.eq(key)).filter(Column::Id.gt(after)).order_by_asc(Column::Id);
    Ok(rest.limit(rows).lock_exclusive().all(tx.db()).await?)
}

/// Keeps secrets whose data keys were sealed under another key. They were read by [`under`] in this transaction.
pub async fn keep_rewrapped(tx: &WriteTx, records: Vec<Record>) -> Result<(), StoreError> {
    // SQLite takes at most 32,766 values in a statement, and a row has 8.
    for piece in records.chunks(1_000) {
        let rows = piece.iter().map(|record| record.clone().into_active_model().reset_all());
        let mut over = OnConflict::column(Column::Id);
        over.update_columns([Column::Key, Column::Wrapped]);
        Entity::insert_many(rows).on_conflict(over).exec_without_returning(tx.db()).await?;
    }
    Ok(())
}

/// Forgets every secret, and says how many there were. Their credentials are without one from then on.
pub async fn forget_all(tx: &WriteTx) -> Result<u64, StoreError> {
    credential::Entity::update_many().col_expr(credential::Column::InVault, false.into()).exec(tx.db()).await?;
    let secrets = count(tx.db()).await?;
    Entity::delete_many().exec(tx.db()).await?;
    Ok(secrets)
}
