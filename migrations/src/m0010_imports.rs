//! Files of accounts between their preview and their import.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// A person has one at a time.
const SQL: &str = r"
CREATE TABLE imports (
    user_id BIGINT PRIMARY KEY,
    token {text} NOT NULL,
    name {text} NOT NULL,
    file {bytes} NOT NULL,
    expires_at BIGINT NOT NULL
);
";
