//! Views of the report.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// A person's default can be another's view: where that is gone or no longer shared, there is none.
const SQL: &str = r"
CREATE TABLE views (
    id {id},
    owner_id BIGINT NOT NULL,
    name {text} NOT NULL,
    name_folded {text} NOT NULL,
    query {text} NOT NULL,
    is_shared BOOLEAN NOT NULL,
    saved_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX views_name_taken ON views (owner_id, name_folded);
CREATE INDEX views_shared ON views (is_shared);
ALTER TABLE users ADD COLUMN default_view_id BIGINT;
";
