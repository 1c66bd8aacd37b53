//! Tests of several accounts.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

const SQL: &str = r"
CREATE TABLE test_batches (
    id {id},
    started_at BIGINT NOT NULL,
    started_by {text} NOT NULL,
    recipient {text} NOT NULL,
    stop_after {text} NOT NULL,
    items {text} NOT NULL,
    -- None where they begin at once.
    begins_at BIGINT,
    -- A sign of life of the server that runs it.
    seen_at BIGINT NOT NULL,
    ended BOOLEAN NOT NULL
);
";
