//! Sealed secrets, and the fingerprints of the keys that they are sealed under. The keys themselves never stand here.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// `vault` has one row. Whoever seals reads it under a shared lock, whoever changes the key locks it alone.
const SQL: &str = r#"
CREATE TABLE vault (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    "current" {text},
    "previous" {text}
);
INSERT INTO vault (id) VALUES (1);

CREATE TABLE secrets (
    id {id},
    kind {text} NOT NULL,
    record_id BIGINT NOT NULL,
    field {text} NOT NULL,
    version BIGINT NOT NULL,
    "key" {text} NOT NULL,
    wrapped {bytes} NOT NULL,
    sealed {bytes} NOT NULL
);
CREATE UNIQUE INDEX secrets_by_place ON secrets (kind, record_id, field);
CREATE INDEX secrets_by_key ON secrets ("key", id);
"#;
