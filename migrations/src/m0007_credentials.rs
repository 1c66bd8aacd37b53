//! Credentials and network connectors, and the accounts that use them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// No foreign keys: what a deleted account points at stays in use for 30 days, and the rules say so in words. The names
/// stand with the accounts once more, folded, so that the report sorts by them without a second table.
const SQL: &str = r"
CREATE TABLE credentials (
    id {id},
    name {text} NOT NULL,
    name_folded {text} NOT NULL,
    user_name {text} NOT NULL,
    user_name_folded {text} NOT NULL,
    destinations {text} NOT NULL,
    hosts_folded {text} NOT NULL,
    in_vault BOOLEAN NOT NULL,
    secret_version BIGINT NOT NULL,
    reference {text},
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by {text} NOT NULL
);
CREATE UNIQUE INDEX credentials_name_taken ON credentials (name_folded);
CREATE INDEX credentials_by_user_name ON credentials (user_name_folded, id);
CREATE INDEX credentials_by_saved ON credentials (saved_at, id);

CREATE TABLE connectors (
    id {id},
    name {text} NOT NULL,
    name_folded {text} NOT NULL,
    kind {text} NOT NULL,
    host {text} NOT NULL,
    port INTEGER,
    credential_id BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by {text} NOT NULL
);
CREATE UNIQUE INDEX connectors_name_taken ON connectors (name_folded);
CREATE INDEX connectors_by_credential ON connectors (credential_id) WHERE credential_id IS NOT NULL;

ALTER TABLE accounts ADD COLUMN pin {text};
ALTER TABLE accounts ADD COLUMN ca {text};
ALTER TABLE accounts ADD COLUMN credential_id BIGINT;
ALTER TABLE accounts ADD COLUMN credential_folded {text} NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN mechanism {text};
ALTER TABLE accounts ADD COLUMN connector_id BIGINT;
ALTER TABLE accounts ADD COLUMN connector_folded {text} NOT NULL DEFAULT '';
CREATE INDEX accounts_with_credential ON accounts (credential_id) WHERE credential_id IS NOT NULL;
CREATE INDEX accounts_with_connector ON accounts (connector_id) WHERE connector_id IS NOT NULL;
CREATE INDEX accounts_by_credential ON accounts (credential_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_connector ON accounts (connector_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_ignoring_errors ON accounts (ignore_certificate, id) WHERE deleted_at IS NULL;

ALTER TABLE test_sends ADD COLUMN connector {text};
";
