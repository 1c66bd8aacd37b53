//! Network connectors in the store. Every change of one goes through [`change`], in a transaction that holds the lock
//! of accounts: what points at a connector stays as it was read.

use std::collections::HashMap;

use model::{
    AccountName, Actor, Connector, ConnectorColumn, ConnectorFilter, ConnectorId, CredentialId, Direction, Moment,
    Problem, Use, Uses, text,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Condition;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

pub use super::entity::connector::Model as Record;
use super::entity::connector::{ActiveModel, Column, Entity};
use super::query::contains;
use super::{Fault, Write};

/// A connector, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: ConnectorId) -> Result<Record, Fault> {
    let found = Entity::find_by_id(id).one(db).await?;
    found.ok_or_else(|| Problem::NotFound(format!("There is no network connector {id}.")).into())
}

/// These connectors, as far as they are there.
pub async fn find_some(db: &impl ConnectionTrait, ids: Vec<ConnectorId>) -> Result<Vec<Record>, Fault> {
    match ids.is_empty() {
        true => Ok(Vec::new()),
        false => Ok(Entity::find().filter(Column::Id.is_in(ids)).all(db).await?),
    }
}

/// Every connector, by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Record>, Fault> {
    Ok(Entity::find().order_by_asc(Column::NameFolded).all(db).await?)
}

/// Whether another connector than this one has the name.
pub async fn name_is_taken(
    db: &impl ConnectionTrait,
    name: &AccountName,
    id: Option<ConnectorId>,
) -> Result<bool, Fault> {
    let mut others = Entity::find().filter(Column::NameFolded.eq(text::fold(name.as_str())));
    if let Some(id) = id {
        others = others.filter(Column::Id.ne(id));
    }
    Ok(others.one(db).await?.is_some())
}

/// The connectors that sign in with a credential.
pub async fn uses(db: &impl ConnectionTrait, credential: CredentialId) -> Result<Uses, Fault> {
    let rows = pointing_at(db, credential).await?;
    let count = rows.len() as u64;
    let used = |row: Record| Use::Connector { id: row.id, name: row.name.to_string() };
    Ok(Uses { first: rows.into_iter().map(used).collect(), count })
}

/// The connectors that sign in with a credential, as they are kept.
pub async fn pointing_at(db: &impl ConnectionTrait, credential: CredentialId) -> Result<Vec<Record>, Fault> {
    Ok(Entity::find().filter(Column::CredentialId.eq(credential)).order_by_asc(Column::Id).all(db).await?)
}

/// How many connectors sign in with each of these credentials.
pub async fn count_uses(db: &impl ConnectionTrait, credentials: &[i64]) -> Result<HashMap<i64, i64>, Fault> {
    Ok(uses_of(credentials).into_tuple::<(i64, i64)>().all(db).await?.into_iter().collect())
}

/// The statement of [`count_uses`].
pub(super) fn uses_of(credentials: &[i64]) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::CredentialId)
        .column_as(Column::Id.count(), "uses")
        .filter(Column::CredentialId.is_in(credentials.iter().copied()))
        .group_by(Column::CredentialId)
}

/// How many connectors match.
pub async fn count(db: &impl ConnectionTrait, filter: &ConnectorFilter) -> Result<u64, Fault> {
    Ok(matching(filter, db).count(db).await?)
}

/// One page of the connectors that match.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &ConnectorFilter,
    offset: u64,
    rows: u64,
) -> Result<Vec<Record>, Fault> {
    let order = match filter.direction {
        Direction::Ascending => Order::Asc,
        Direction::Descending => Order::Desc,
    };
    let by = match filter.column {
        ConnectorColumn::Id => Column::Id,
        ConnectorColumn::Name => Column::NameFolded,
        ConnectorColumn::Kind => Column::Kind,
        ConnectorColumn::Host => Column::Host,
    };
    let page = matching(filter, db).order_by(by, order.clone()).order_by(Column::Id, order);
    Ok(page.offset(offset).limit(rows).all(db).await?)
}

fn matching(filter: &ConnectorFilter, db: &impl ConnectionTrait) -> Select<Entity> {
    let ConnectorFilter { name, host, column: _, direction: _, page: _ } = filter;
    let mut condition = Condition::all();
    for (column, typed) in [(Column::NameFolded, name), (Column::Host, host)] {
        let term = text::fold(typed.trim());
        if !term.is_empty() {
            condition = condition.add(contains(column.into_expr(), term, db.get_database_backend()));
        }
    }
    Entity::find().filter(condition)
}

/// Saves a connector, new or over this record.
pub async fn change(
    tx: &Write,
    record: Option<Record>,
    connector: &Connector,
    actor: &Actor,
    at: Moment,
) -> Result<Record, Fault> {
    let is_new = record.is_none();
    let version = record.as_ref().map_or(0, |record| record.version);
    let mut row = match record {
        Some(record) => record.into_active_model(),
        None => ActiveModel { id: NotSet, created_at: Set(at), ..Default::default() },
    };
    let Connector { name, kind, host, port, credential } = connector;
    row.name = Set(name.clone());
    row.name_folded = Set(text::fold(name.as_str()));
    row.kind = Set(*kind);
    row.host = Set(host.clone());
    row.port = Set(*port);
    row.credential_id = Set(*credential);
    row.version = Set(version + 1);
    row.saved_at = Set(at);
    row.saved_by = Set(actor.email.to_string());
    Ok(match is_new {
        true => row.insert(tx.db()).await?,
        false => row.update(tx.db()).await?,
    })
}

/// Deletes a connector, for good.
pub async fn delete(tx: &Write, id: ConnectorId) -> Result<(), Fault> {
    Entity::delete_by_id(id).exec(tx.db()).await?;
    Ok(())
}
