//! Everything that a database holds, read for a backup.

use futures_util::{Stream, StreamExt};
use sea_orm::sea_query::{Alias, Order, Query};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value as Json;

use super::table_layout::{TableLayout, tables, texts};
use super::{Snapshot, Store, StoreError};

impl Store {
    /// The database as of one moment, for as long as it takes to read all of it.
    pub async fn contents(&self) -> Result<Snapshot, StoreError> {
        let snapshot = self.begin_snapshot().await?;
        if self.db().get_database_backend() == DbBackend::Postgres {
            snapshot.db().execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        }
        Ok(snapshot)
    }
}

impl Snapshot {
    /// The names of the changes that made the tables.
    pub async fn changes(&self) -> Result<Vec<String>, StoreError> {
        texts(self.db(), "SELECT version FROM seaql_migrations ORDER BY version").await
    }

    /// The tables that a backup holds, by name.
    pub async fn tables(&self) -> Result<Vec<TableLayout>, StoreError> {
        tables(self.db()).await
    }

    /// The rows of a table in the order of its first column, each with a value for each of its columns.
    pub async fn rows<'a>(
        &'a self,
        table: &'a TableLayout,
    ) -> Result<impl Stream<Item = Result<Vec<Json>, StoreError>> + use<'a>, StoreError> {
        let mut select = Query::select();
        select.columns(table.columns.iter().map(|column| Alias::new(&column.name))).from(Alias::new(&table.name));
        if let Some(first) = table.columns.first() {
            select.order_by(Alias::new(&first.name), Order::Asc);
        }
        let rows = sea_orm::StreamTrait::stream(&self.0, &select).await?;
        Ok(rows.map(|row| {
            let row = row?;
            let columns = table.columns.iter().enumerate();
            columns.map(|(at, column)| Ok(column.kind.read(&row, at)?)).collect()
        }))
    }
}
