//! Sealed secrets in the store. What is read opens for the place that asks for it, or is an error: never an empty or
//! another secret.

use model::{Problem, SecretReference};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use secrecy::{ExposeSecret, SecretString};

pub use super::entity::secret::Model as Record;
use super::entity::secret::{ActiveModel, Column, Entity};
use super::{StoreError, WriteTx, chain, credentials, vault};
use crate::vault::{FORMAT, Field, Kind, SealContext, Sealed, Slot, Vault, VaultFault};

/// Seals a secret for this place, in place of any other one there, under the database's current key: a rotation waits
/// until this transaction ends.
pub async fn put(
    tx: &WriteTx,
    vault: &Vault,
    place: &SealContext<'_>,
    secret: &SecretString,
) -> Result<(), StoreError> {
    let current = vault::lock_shared(tx).await?.current;
    let current = current.ok_or_else(|| not_sealed(place, &VaultFault::Closed))?;
    let sealed = match vault.key(&current).await {
        Ok(key) => key.seal(place, secret),
        Err(fault) => Err(fault),
    };
    let Sealed { key, wrapped, sealed } = sealed.map_err(|fault| not_sealed(place, &fault))?;
    let Slot { kind, id, field, version } = place.slot();
    let row = ActiveModel {
        id: NotSet,
        kind: Set(kind.to_owned()),
        record_id: Set(id),
        field: Set(field.to_owned()),
        version: Set(version),
        key: Set(key),
        wrapped: Set(wrapped),
        sealed: Set(sealed),
        format: Set(FORMAT),
    };
    let mut over = OnConflict::columns([Column::Kind, Column::RecordId, Column::Field]);
    over.update_columns([Column::Version, Column::Key, Column::Wrapped, Column::Sealed, Column::Format]);
    Entity::insert(row).on_conflict(over).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Opens the secret of this place.
pub async fn get(
    db: &impl ConnectionTrait,
    vault: &Vault,
    place: &SealContext<'_>,
) -> Result<SecretString, StoreError> {
    let mut under = None;
    let opened = loop {
        let Some(row) = find(db, place).await? else { break Err(VaultFault::Gone) };
        if row.format != FORMAT {
            break Err(VaultFault::Outdated);
        }
        if row.version != place.version {
            break Err(VaultFault::Version { found: row.version, wanted: place.version });
        }
        match vault.key(&row.key).await {
            Ok(key) => break key.open(place, &Sealed { key: row.key, wrapped: row.wrapped, sealed: row.sealed }),
            // A rotation may have ended between the two readings, and taken the old key out of the file.
            Err(VaultFault::NoKey { .. }) if under.as_ref() != Some(&row.key) => under = Some(row.key),
            Err(fault) => break Err(fault),
        }
    };
    opened.map_err(|fault| not_opened(place, &fault))
}

/// Keeps the secret of a place that changes: its rules, or the user name.
pub async fn reseal(
    tx: &WriteTx,
    vault: &Vault,
    old: &SealContext<'_>,
    new: &SealContext<'_>,
) -> Result<(), StoreError> {
    let secret = get(tx.db(), vault, old).await?;
    put(tx, vault, new, &secret).await
}

/// Whether this reference was permitted for this place: what it may go to is sealed together with it.
pub async fn confirm(
    db: &impl ConnectionTrait,
    vault: &Vault,
    place: &SealContext<'_>,
    reference: &SecretReference,
) -> Result<(), StoreError> {
    match get(db, vault, place).await?.expose_secret() == reference.as_str() {
        true => Ok(()),
        false => Err(not_opened(place, &VaultFault::Damaged)),
    }
}

/// Forgets the secret of this place, of whatever version it is.
pub async fn remove(tx: &WriteTx, place: &SealContext<'_>) -> Result<(), StoreError> {
    Entity::delete_many().filter(at(place)).exec(tx.db()).await?;
    Ok(())
}

/// What is sealed for the field of this place, of whatever version it is.
pub async fn find(db: &impl ConnectionTrait, place: &SealContext<'_>) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find().filter(at(place)).one(db).await?)
}

fn at(place: &SealContext<'_>) -> Condition {
    let Slot { kind, id, field, version: _ } = place.slot();
    Condition::all().add(Column::Kind.eq(kind)).add(Column::RecordId.eq(id)).add(Column::Field.eq(field))
}

fn not_sealed(place: &SealContext<'_>, fault: &VaultFault) -> StoreError {
    let kind = place.kind.as_str();
    refused(place, format!("The secret of this {kind} cannot be sealed: {fault}."), fault)
}

fn not_opened(place: &SealContext<'_>, fault: &VaultFault) -> StoreError {
    let (kind, what) = (place.kind.as_str(), place.field.as_str());
    refused(place, format!("The kept {what} of this {kind} cannot be opened: {fault}."), fault)
}

/// Logs it, with the place, and says it to a person with what to do.
fn refused(place: &SealContext<'_>, what: String, fault: &VaultFault) -> StoreError {
    let Slot { kind, id, field, version } = place.slot();
    tracing::error!(kind, id, field, version, error = %chain(fault), "{what}");
    let to_do = match fault {
        VaultFault::Damaged | VaultFault::Version { .. } => {
            "Enter it again, and find out who changed the database or restored a part of it."
        }
        VaultFault::Gone | VaultFault::Outdated => "Enter it again.",
        VaultFault::NoKey { .. } => {
            "Give this server the key file of the server that rotated, or put the older key back into it."
        }
        VaultFault::KeyFile(_) => "The server's log says why. Mend that, and try again.",
        VaultFault::Closed => "Start the server with its key file.",
        VaultFault::NoRandom => "Look into the system's log.",
    };
    Problem::Refused(format!("{what} {to_do}")).into()
}

/// Forgets the secrets of these records.
pub async fn forget(tx: &WriteTx, kind: Kind, records: &[i64]) -> Result<(), StoreError> {
    // A statement takes a limited number of values.
    for some in records.chunks(500) {
        let of = Column::Kind.eq(kind.as_str()).and(Column::RecordId.is_in(some.iter().copied()));
        Entity::delete_many().filter(of).exec(tx.db()).await?;
    }
    Ok(())
}

/// Secrets in all. What is sealed of references is none.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(Column::Field.eq(Field::Secret.as_str())).count(db).await?)
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
    credentials::take_out_of_vault(tx).await?;
    let secrets = count(tx.db()).await?;
    Entity::delete_many().exec(tx.db()).await?;
    Ok(secrets)
}

#[cfg(test)]
mod tests;
