//! How long an account waits for each answer of its mail server.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Accounts without one come first, as on SQLite.
        let nulls_first = match manager.get_database_backend() {
            DbBackend::Postgres => "NULLS FIRST",
            _ => "",
        };
        crate::run(manager, &SQL.replace("{nulls_first}", nulls_first)).await
    }
}

/// In seconds; none means the configured limits.
const SQL: &str = r"
ALTER TABLE accounts ADD COLUMN time_limit INTEGER;
CREATE INDEX accounts_by_time_limit ON accounts (time_limit {nulls_first}, id) WHERE deleted_at IS NULL;
";
