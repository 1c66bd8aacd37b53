//! Tries to sign in, and the browsers that people signed in with.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// Neither table names anybody: the first holds digests of what is counted, the second digests of cookies.
const SQL: &str = r"
CREATE TABLE login_counters (
    id {text} NOT NULL PRIMARY KEY,
    tries BIGINT NOT NULL,
    began_at BIGINT NOT NULL
);
CREATE INDEX login_counters_by_beginning ON login_counters (began_at);

CREATE TABLE known_devices (
    id {text} NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (id, user_id)
);
CREATE INDEX known_devices_by_user ON known_devices (user_id, used_at);
";
