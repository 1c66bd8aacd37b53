//! The message footer: one row.

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
CREATE TABLE footers (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    text {text} NOT NULL,
    html {text} NOT NULL,
    version BIGINT NOT NULL,
    saved_at BIGINT,
    saved_by {text}
);
INSERT INTO footers (id, text, html, version) VALUES (1, '', '', 0);
";
