//! What a credential permits names where a connector leads, and no longer its number alone; and the version of the
//! format that secrets are sealed in.

use std::collections::HashMap;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbErr, QueryResult, Statement};
use serde_json::{Value, json};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await?;
        let routes = routes(manager).await?;
        for row in all(manager, "SELECT id, destinations FROM credentials").await? {
            let (id, text) = (row.try_get_by_index::<i64>(0)?, row.try_get_by_index::<String>(1)?);
            if let Some(changed) = with_routes(&text, &routes)? {
                let backend = manager.get_database_backend();
                let sql = "UPDATE credentials SET destinations = $1 WHERE id = $2";
                let update = Statement::from_sql_and_values(backend, sql, [changed.into(), id.into()]);
                manager.get_connection().execute_raw(update).await?;
            }
        }
        Ok(())
    }
}

/// Seals of before have the first format, until the server that has the key seals them anew.
const SQL: &str = r"
ALTER TABLE secrets ADD COLUMN format BIGINT NOT NULL DEFAULT 1;
ALTER TABLE vault ADD COLUMN seal_format BIGINT NOT NULL DEFAULT 1;
";

async fn all(manager: &SchemaManager<'_>, sql: &str) -> Result<Vec<QueryResult>, DbErr> {
    manager.get_connection().query_all_raw(Statement::from_string(manager.get_database_backend(), sql)).await
}

/// Where each connector leads now.
async fn routes(manager: &SchemaManager<'_>) -> Result<HashMap<i64, Value>, DbErr> {
    let mut routes = HashMap::new();
    for row in all(manager, "SELECT id, kind, host, port FROM connectors").await? {
        let (id, kind) = (row.try_get_by_index::<i64>(0)?, row.try_get_by_index::<String>(1)?);
        let (host, port) = (row.try_get_by_index::<String>(2)?, row.try_get_by_index::<Option<i32>>(3)?);
        let (kind, usual_port) = if kind == "http" { ("HttpConnect", 3128) } else { ("Socks5", 1080) };
        routes.insert(id, json!({ "id": id, "kind": kind, "host": host, "port": port.unwrap_or(usual_port) }));
    }
    Ok(routes)
}

/// The destinations with the route in place of each number; None where there is none to replace. The number of a
/// connector that is gone stays until its secret is sealed anew: the old seal names it.
fn with_routes(text: &str, routes: &HashMap<i64, Value>) -> Result<Option<String>, DbErr> {
    let mut destinations: Value = serde_json::from_str(text).map_err(|error| DbErr::Json(error.to_string()))?;
    let Some(Value::Array(connectors)) = destinations.get_mut("connectors") else { return Ok(None) };
    if connectors.is_empty() {
        return Ok(None);
    }
    for connector in connectors.iter_mut() {
        if let Some(route) = connector.as_i64().and_then(|id| routes.get(&id)) {
            *connector = route.clone();
        }
    }
    Ok(Some(destinations.to_string()))
}
