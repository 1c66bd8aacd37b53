//! Network connectors in the store. Every change of one goes through [`change`], in a transaction that holds the lock
//! of accounts: what points at a connector stays as it was read.

use std::collections::HashMap;

use model::{
    Actor, Connector, ConnectorColumn, ConnectorFilter, ConnectorFilterKey, ConnectorId, CredentialId, Moment, Problem,
    RecordName, Sort, Use, Uses, text,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

pub use super::entity::connector::Model as Record;
use super::entity::connector::{ActiveModel, Column, Entity};
use super::records::Mark;
use super::{StoreError, WriteTx, records};
use crate::audit::{Action, Event, Resource};

impl Record {
    /// The connector that the record holds.
    pub fn connector(&self) -> Connector {
        Connector {
            name: self.name.clone(),
            kind: self.kind,
            host: self.host.clone(),
            port: self.port,
            resolves_names: self.resolves_names,
            credential: self.credential_id,
        }
    }
}

/// A connector that is not deleted, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: ConnectorId) -> Result<Record, StoreError> {
    let record = find_any(db, id).await?;
    records::check_there(&record.name, &record.saved_by, record.deleted_at)?;
    Ok(record)
}

/// A connector, deleted or not.
pub async fn find_any(db: &impl ConnectionTrait, id: ConnectorId) -> Result<Record, StoreError> {
    let found = Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| Problem::NotFound(format!("There is no network connector {id}.")).into())
}

/// These connectors, as far as they are there.
pub async fn find_some(db: &impl ConnectionTrait, ids: Vec<ConnectorId>) -> Result<Vec<Record>, StoreError> {
    records::find_some::<Entity>(db, ids.into_iter().map(|id| id.0).collect()).await
}

/// Every connector, by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Record>, StoreError> {
    records::all::<Entity>(db).await
}

/// Whether another connector than this one has the name.
pub async fn name_is_taken(
    db: &impl ConnectionTrait,
    name: &RecordName,
    id: Option<ConnectorId>,
) -> Result<bool, StoreError> {
    records::name_is_taken::<Entity>(db, name, id.map(|id| id.0)).await
}

/// The connectors that sign in with a credential. A deleted one does not: it comes back only where its credential is
/// there.
pub async fn uses(db: &impl ConnectionTrait, credential: CredentialId) -> Result<Uses, StoreError> {
    let uses = Entity::find().filter(Column::CredentialId.eq(credential)).filter(records::is_there());
    let rows = uses.order_by_asc(Column::Id).all(db).await?;
    let count = rows.len() as u64;
    let used = |row: Record| Use::Connector { id: row.id, name: row.name.to_string() };
    Ok(Uses { first: rows.into_iter().map(used).collect(), count })
}

/// How many connectors sign in with each of these credentials.
pub async fn count_uses(db: &impl ConnectionTrait, credentials: &[i64]) -> Result<HashMap<i64, i64>, StoreError> {
    Ok(uses_of(credentials).into_tuple::<(i64, i64)>().all(db).await?.into_iter().collect())
}

/// The statement of [`count_uses`].
pub fn uses_of(credentials: &[i64]) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::CredentialId)
        .column_as(Column::Id.count(), "uses")
        .filter(Column::CredentialId.is_in(credentials.iter().copied()))
        .filter(records::is_there())
        .group_by(Column::CredentialId)
}

/// How many connectors match.
pub async fn count(db: &impl ConnectionTrait, filter: &ConnectorFilter) -> Result<u64, StoreError> {
    Ok(matching(filter, db).count(db).await?)
}

/// One page of the connectors that match.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &ConnectorFilter,
    offset: u64,
    rows: u64,
) -> Result<Vec<Record>, StoreError> {
    let Sort { column, direction } = filter.sort;
    let by = match column {
        ConnectorColumn::Id => Column::Id,
        ConnectorColumn::Name => Column::NameFolded,
        ConnectorColumn::Kind => Column::Kind,
        ConnectorColumn::Host => Column::Host,
    };
    Ok(records::in_order(matching(filter, db), by, direction).offset(offset).limit(rows).all(db).await?)
}

/// The statement for the connectors that match, without an order.
pub fn matching(filter: &ConnectorFilter, db: &impl ConnectionTrait) -> Select<Entity> {
    let column = |key| match key {
        ConnectorFilterKey::Name => Column::NameFolded,
        ConnectorFilterKey::Host => Column::Host,
    };
    records::matching(filter, column, db.get_database_backend())
}

/// Saves a connector, new or over this record.
pub async fn change(
    tx: &WriteTx,
    record: Option<Record>,
    connector: &Connector,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let is_new = record.is_none();
    let version = record.as_ref().map_or(0, |record| record.version);
    let mut row = match record {
        Some(record) => record.into_active_model(),
        None => ActiveModel { id: NotSet, created_at: Set(at), ..Default::default() },
    };
    let Connector { name, kind, host, port, resolves_names, credential } = connector;
    row.name = Set(name.clone());
    row.name_folded = Set(text::fold(name.as_str()));
    row.kind = Set(*kind);
    row.host = Set(host.clone());
    row.port = Set(*port);
    row.resolves_names = Set(*resolves_names);
    row.credential_id = Set(*credential);
    row.version = Set(version + 1);
    row.saved_at = Set(at);
    row.saved_by = Set(actor.email.to_string());
    let saved: Record = if is_new { row.insert(tx.db()).await? } else { row.update(tx.db()).await? };
    let action = if is_new { Action::Create } else { Action::Update };
    tx.audit(Event::by(actor, action).on(Resource::Connector(saved.id)));
    Ok(saved)
}

/// Deletes a connector.
pub async fn delete(tx: &WriteTx, id: ConnectorId, actor: &Actor, at: Moment) -> Result<(), StoreError> {
    records::mark::<Entity>(tx, (id.0, Resource::Connector(id)), Mark::Deleted, actor, at).await
}

/// Brings a deleted connector back, under this name.
pub async fn restore(
    tx: &WriteTx,
    id: ConnectorId,
    name: &RecordName,
    actor: &Actor,
    at: Moment,
) -> Result<(), StoreError> {
    records::mark::<Entity>(tx, (id.0, Resource::Connector(id)), Mark::Restored(name), actor, at).await
}

/// Forgets connectors that were deleted before this, and gives how many.
pub async fn purge(tx: &WriteTx, before: Moment) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::DeletedAt.lt(before)).exec(tx.db()).await?.rows_affected)
}
