//! Changes of several accounts at once, so that they can be undone.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// An account names the change that it was part of, until it is saved once more.
const SQL: &str = r"
CREATE TABLE changes (
    id {id},
    kind {text} NOT NULL,
    count BIGINT NOT NULL,
    was_default BIGINT,
    changed_at BIGINT NOT NULL,
    changed_by {text} NOT NULL,
    undone BOOLEAN NOT NULL
);
ALTER TABLE accounts ADD COLUMN changed_in BIGINT;
CREATE INDEX accounts_changed_in ON accounts (changed_in) WHERE changed_in IS NOT NULL;
";
