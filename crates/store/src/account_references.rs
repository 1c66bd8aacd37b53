//! The credentials and network connectors that accounts refer to, asked for the other way round.

use std::collections::HashMap;

use model::{ConnectorId, CredentialId, RecordName, Use, Uses, text};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entity::account::{Column, Entity, Model as Record, ReferenceKind};
use super::{StoreError, WriteTx};

/// A record that accounts refer to.
#[derive(Clone, Copy, Debug)]
pub enum Reference {
    /// A credential.
    Credential(CredentialId),
    /// A network connector.
    Connector(ConnectorId),
}

impl Reference {
    fn condition(self) -> sea_orm::sea_query::Expr {
        match self {
            Self::Credential(id) => Column::CredentialId.eq(id),
            Self::Connector(id) => Column::ConnectorId.eq(id),
        }
    }
}

/// The accounts that refer to a record: the first few by ID, and how many there are. Deleted ones count while they can
/// be restored.
pub async fn uses(db: &impl ConnectionTrait, reference: Reference, first: u64) -> Result<Uses, StoreError> {
    let all = Entity::find().filter(reference.condition());
    let count = all.clone().count(db).await?;
    let rows = all.order_by_asc(Column::Id).limit(first).all(db).await?;
    let used = |row: Record| Use::Account { id: row.id, name: row.name.to_string(), deleted: row.deleted_at.is_some() };
    Ok(Uses { first: rows.into_iter().map(used).collect(), count })
}

/// How many accounts that are not deleted refer to each of these records, as (number, count).
pub async fn count_uses(
    db: &impl ConnectionTrait,
    of: ReferenceKind,
    ids: &[i64],
) -> Result<HashMap<i64, i64>, StoreError> {
    let counts = uses_of(of, ids).into_tuple::<(i64, i64)>().all(db).await?;
    Ok(counts.into_iter().collect())
}

/// The statement of [`count_uses`].
pub fn uses_of(of: ReferenceKind, ids: &[i64]) -> Select<Entity> {
    let column = of.column();
    Entity::find()
        .select_only()
        .column(column)
        .column_as(Column::Id.count(), "uses")
        .filter(column.is_in(ids.iter().copied()))
        .filter(Column::DeletedAt.is_null())
        .group_by(column)
}

/// The new name of a record, written to the accounts that point at it. That is no save of theirs.
pub async fn rename_reference(tx: &WriteTx, reference: Reference, name: &RecordName) -> Result<(), StoreError> {
    let column = match reference {
        Reference::Credential(_) => Column::CredentialFolded,
        Reference::Connector(_) => Column::ConnectorFolded,
    };
    Entity::update_many()
        .col_expr(column, text::fold(name.as_str()).into())
        .filter(reference.condition())
        .exec(tx.db())
        .await?;
    Ok(())
}
