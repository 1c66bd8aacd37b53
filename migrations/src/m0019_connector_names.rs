//! Whether a network connector resolves names itself.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// Connectors that are there already get no names from now on: their addresses are checked first.
const SQL: &str = r"
ALTER TABLE connectors ADD COLUMN resolves_names BOOLEAN NOT NULL DEFAULT FALSE;
";
