//! SMTP accounts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Accounts that were never tested come first, as on SQLite.
        let last_test = match manager.get_database_backend() {
            DbBackend::Postgres => SQL.replace("{nulls_first}", "NULLS FIRST"),
            _ => SQL.replace("{nulls_first}", ""),
        };
        crate::run(manager, &last_test).await
    }
}

/// Texts that are searched and sorted have a folded copy. A deleted account keeps its row for a while: it counts in no
/// index but those of the name's and the default's rules, which leave it out as well.
const SQL: &str = r"
CREATE TABLE accounts (
    id {id},
    name {text} NOT NULL,
    name_folded {text} NOT NULL,
    enabled BOOLEAN NOT NULL,
    is_default BOOLEAN NOT NULL,
    sender {text} NOT NULL,
    sender_folded {text} NOT NULL,
    reply {text} NOT NULL,
    reply_folded {text} NOT NULL,
    return_path {text} NOT NULL,
    return_path_folded {text} NOT NULL,
    confirmation {text} NOT NULL,
    confirmation_folded {text} NOT NULL,
    force_settings BOOLEAN NOT NULL,
    read_receipt BOOLEAN NOT NULL,
    footer BOOLEAN NOT NULL,
    host {text} NOT NULL,
    port INTEGER,
    security {text} NOT NULL,
    ignore_certificate BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by {text} NOT NULL,
    deleted_at BIGINT,
    last_test_id BIGINT,
    last_test_at BIGINT,
    last_test_taken {text},
    last_test_passed INTEGER,
    last_test_failed_at {text}
);
CREATE UNIQUE INDEX accounts_name_taken ON accounts (name_folded) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX accounts_one_default ON accounts (is_default) WHERE is_default;
CREATE INDEX accounts_deleted ON accounts (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX accounts_by_id ON accounts (id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_name ON accounts (name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_sender ON accounts (sender_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_reply ON accounts (reply_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_return_path ON accounts (return_path_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_confirmation ON accounts (confirmation_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_enabled ON accounts (enabled, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_default ON accounts (is_default, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_security ON accounts (security, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_force_settings ON accounts (force_settings, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_read_receipt ON accounts (read_receipt, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_footer ON accounts (footer, id) WHERE deleted_at IS NULL;
CREATE INDEX accounts_by_last_test ON accounts (last_test_at {nulls_first}, id) WHERE deleted_at IS NULL;
";
