//! People, their sessions, and the one row of settings.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// `settings` has one row. Whoever changes an account locks it first; it also counts the accounts, since a count by
/// scanning would cost as much as all the rest of a page.
const SQL: &str = r"
CREATE TABLE users (
    id {id},
    email {text} NOT NULL,
    email_folded {text} NOT NULL,
    password_hash {text} NOT NULL,
    session_key {bytes} NOT NULL,
    preferences {text},
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email_taken ON users (email_folded);

CREATE TABLE sessions (
    id {text} NOT NULL PRIMARY KEY,
    data {bytes} NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE settings (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    account_count BIGINT NOT NULL,
    set_up_hash {text},
    set_up_expires_at BIGINT
);
INSERT INTO settings (id, account_count) VALUES (1, 0);
";
