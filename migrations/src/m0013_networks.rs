//! The networks that are closed: one row.

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
CREATE TABLE networks (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    closed {text} NOT NULL,
    open {text} NOT NULL,
    version BIGINT NOT NULL,
    saved_at BIGINT,
    saved_by {text}
);
INSERT INTO networks (id, closed, open, version) VALUES (1, '', '', 0);
";
