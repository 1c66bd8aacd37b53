//! Sessions that belong to somebody and hold nothing else: what pages keep stands beside them. Sessions from before
//! end, since their rows name the session as its cookie does. People can be disabled.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// `octets` is what a form counts for in its session; `note_key` signs what strangers' browsers keep.
const SQL: &str = r"
DROP TABLE sessions;
CREATE TABLE sessions (
    id {text} NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    session_key {bytes} NOT NULL,
    signed_in_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE kept_forms (
    session_id {text} NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    data {bytes} NOT NULL,
    octets BIGINT NOT NULL,
    kept_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, name)
);

ALTER TABLE users ADD COLUMN disabled_at BIGINT;
ALTER TABLE users ADD COLUMN last_sign_in_at BIGINT;
ALTER TABLE settings ADD COLUMN note_key {bytes};
";
