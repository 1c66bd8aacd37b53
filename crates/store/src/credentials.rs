//! Credentials in the store, without their secrets. Every change of one goes through [`change`], in a transaction that
//! holds the lock of accounts: what points at a credential stays as it was read.

use model::hosts::to_unicode;
use model::secret::SecretOwner;
use model::{
    Actor, Credential, CredentialColumn, CredentialFilter, CredentialFilterKey, CredentialId, Destinations, Moment,
    Problem, RecordName, SecretLocation, SecretReference, Sort, text,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::Value;

pub use super::entity::credential::Model as Record;
use super::entity::credential::{ActiveModel, Column, Entity};
use super::records::Mark;
use super::{StoreError, WriteTx, records, secrets};
use crate::audit::{Action, Event, Resource};

/// A credential that is not deleted, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: CredentialId) -> Result<Record, StoreError> {
    let record = find_any(db, id).await?;
    records::check_there(&record.name, &record.saved_by, record.deleted_at)?;
    Ok(record)
}

/// A credential, deleted or not.
pub async fn find_any(db: &impl ConnectionTrait, id: CredentialId) -> Result<Record, StoreError> {
    let found = Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| Problem::NotFound(format!("There is no credential {id}.")).into())
}

/// These credentials, as far as they are there.
pub async fn find_some(db: &impl ConnectionTrait, ids: Vec<CredentialId>) -> Result<Vec<Record>, StoreError> {
    records::find_some::<Entity>(db, ids.into_iter().map(|id| id.0).collect()).await
}

/// Every credential, by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Record>, StoreError> {
    records::all::<Entity>(db).await
}

/// The credentials after this one, by number, at most so many.
pub async fn after(db: &impl ConnectionTrait, after: CredentialId, rows: u64) -> Result<Vec<Record>, StoreError> {
    Ok(Entity::find().filter(Column::Id.gt(after)).order_by_asc(Column::Id).limit(rows).all(db).await?)
}

/// Every credential, also those that were deleted, by name.
pub async fn all_with_deleted(db: &impl ConnectionTrait) -> Result<Vec<Record>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::NameFolded).order_by_asc(Column::Id).all(db).await?)
}

/// Whether another credential than this one has the name.
pub async fn name_is_taken(
    db: &impl ConnectionTrait,
    name: &RecordName,
    id: Option<CredentialId>,
) -> Result<bool, StoreError> {
    records::name_is_taken::<Entity>(db, name, id.map(|id| id.0)).await
}

/// How many credentials match.
pub async fn count(db: &impl ConnectionTrait, filter: &CredentialFilter) -> Result<u64, StoreError> {
    Ok(matching(filter, db.get_database_backend()).count(db).await?)
}

/// One page of the credentials that match.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &CredentialFilter,
    offset: u64,
    rows: u64,
) -> Result<Vec<Record>, StoreError> {
    Ok(ordered(filter, db.get_database_backend()).offset(offset).limit(rows).all(db).await?)
}

/// The statement for the credentials that match, in the order of the filter.
pub fn ordered(filter: &CredentialFilter, backend: DbBackend) -> Select<Entity> {
    let Sort { column, direction } = filter.sort;
    let by = match column {
        CredentialColumn::Id => Column::Id,
        CredentialColumn::Name => Column::NameFolded,
        CredentialColumn::UserName => Column::UserNameFolded,
        CredentialColumn::Saved => Column::SavedAt,
    };
    records::in_order(matching(filter, backend), by, direction)
}

/// The same without an order.
pub fn matching(filter: &CredentialFilter, backend: DbBackend) -> Select<Entity> {
    let column = |key| match key {
        CredentialFilterKey::Name => Column::NameFolded,
        CredentialFilterKey::UserName => Column::UserNameFolded,
        CredentialFilterKey::Host => Column::HostsFolded,
    };
    records::matching(filter, column, backend)
}

/// Where the secret of a credential will be once it is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretStorage {
    /// There will be none.
    None,
    /// In the vault, at this version.
    InVault(i64),
    /// Read through a reference, which is sealed with what it may go to, at this version.
    Elsewhere {
        /// Where it is read from when it is used.
        reference: SecretReference,
        /// The version of the seal.
        version: i64,
    },
}

impl Record {
    /// What it may be used with. A connector that is named by its number alone, as older versions of Posthouse did, is
    /// permitted no more: nobody knows where it led.
    pub fn rules(&self) -> Result<Destinations, StoreError> {
        let mut destinations = self.stored_destinations()?;
        if let Some(Value::Array(connectors)) = destinations.get_mut("connectors") {
            connectors.retain(Value::is_object);
        }
        Ok(serde_json::from_value(destinations).map_err(|error| DbErr::Json(error.to_string()))?)
    }

    /// The numbers of its connectors, as the first format of seals bound them: also of those that are gone.
    pub fn connector_numbers(&self) -> Result<Vec<i64>, StoreError> {
        let destinations = self.stored_destinations()?;
        let connectors = destinations.get("connectors").and_then(Value::as_array).into_iter().flatten();
        Ok(connectors.filter_map(|one| one.as_i64().or_else(|| one.get("id")?.as_i64())).collect())
    }

    fn stored_destinations(&self) -> Result<Value, StoreError> {
        Ok(serde_json::from_str(&self.destinations).map_err(|error| DbErr::Json(error.to_string()))?)
    }

    /// Where its secret is kept now.
    pub fn place(&self) -> SecretLocation {
        match (&self.reference, self.in_vault) {
            (Some(reference), _) => SecretLocation::Elsewhere(reference.clone()),
            (None, true) => SecretLocation::Vault,
            (None, false) => SecretLocation::None,
        }
    }
}

/// Saves a credential, new or over this record.
pub async fn change(
    tx: &WriteTx,
    record: Option<Record>,
    credential: &Credential,
    kept: &SecretStorage,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let is_new = record.is_none();
    let (version, seals) = record.as_ref().map_or((0, 0), |record| (record.version, record.secret_version));
    let mut row = match record {
        Some(record) => record.into_active_model(),
        None => ActiveModel { id: NotSet, created_at: Set(at), ..Default::default() },
    };
    let Credential { name, user_name, destinations } = credential;
    row.name = Set(name.clone());
    row.name_folded = Set(text::fold(name.as_str()));
    row.user_name = Set(user_name.clone());
    row.user_name_folded = Set(text::fold(user_name));
    row.destinations = Set(as_json(destinations)?);
    // As the DNS knows them, and as people write them.
    let forms = destinations.hosts.iter().flat_map(|host| [host.to_string(), to_unicode(host)]);
    let hosts: Vec<_> = forms.map(|host| text::fold(&host)).collect();
    row.hosts_folded = Set(hosts.join(" "));
    let (in_vault, seals, reference) = match kept {
        SecretStorage::None => (false, seals, None),
        SecretStorage::InVault(version) => (true, *version, None),
        SecretStorage::Elsewhere { reference, version } => (false, *version, Some(reference.clone())),
    };
    row.in_vault = Set(in_vault);
    row.secret_version = Set(seals);
    row.reference = Set(reference);
    row.version = Set(version + 1);
    row.saved_at = Set(at);
    row.saved_by = Set(actor.email.to_string());
    let saved: Record = if is_new { row.insert(tx.db()).await? } else { row.update(tx.db()).await? };
    let action = if is_new { Action::Create } else { Action::Update };
    tx.audit(Event::by(actor, action).on(Resource::Credential(saved.id)));
    Ok(saved)
}

/// Keeps that a credential was sealed anew, at this version, for these destinations. Nothing that people see changes.
pub async fn keep_sealed_anew(
    tx: &WriteTx,
    record: &Record,
    destinations: &Destinations,
    version: i64,
) -> Result<(), StoreError> {
    let mut row = record.clone().into_active_model();
    row.destinations = Set(as_json(destinations)?);
    row.secret_version = Set(version);
    Entity::update(row).exec(tx.db()).await?;
    Ok(())
}

fn as_json(destinations: &Destinations) -> Result<String, StoreError> {
    Ok(serde_json::to_string(destinations).map_err(|error| DbErr::Json(error.to_string()))?)
}

/// Deletes a credential. Its secret stays sealed for as long as it can be restored, and nobody gets it.
pub async fn delete(tx: &WriteTx, id: CredentialId, actor: &Actor, at: Moment) -> Result<(), StoreError> {
    records::mark::<Entity>(tx, (id.0, Resource::Credential(id)), Mark::Deleted, actor, at).await
}

/// Brings a deleted credential back, under this name.
pub async fn restore(
    tx: &WriteTx,
    id: CredentialId,
    name: &RecordName,
    actor: &Actor,
    at: Moment,
) -> Result<(), StoreError> {
    records::mark::<Entity>(tx, (id.0, Resource::Credential(id)), Mark::Restored(name), actor, at).await
}

/// Forgets credentials that were deleted before this, with their secrets, and gives how many.
pub async fn purge(tx: &WriteTx, before: Moment) -> Result<u64, StoreError> {
    let old = Entity::find().filter(Column::DeletedAt.lt(before)).all(tx.db()).await?;
    let ids: Vec<_> = old.into_iter().map(|record| record.id.0).collect();
    secrets::forget(tx, SecretOwner::Credential, &ids).await?;
    Ok(Entity::delete_many().filter(Column::Id.is_in(ids)).exec(tx.db()).await?.rows_affected)
}
