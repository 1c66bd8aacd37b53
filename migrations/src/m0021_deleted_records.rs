//! Credentials, connectors, schedules and views that were deleted are kept for a while; their names are free at once.
//! Old test sends are found by their time.

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
ALTER TABLE credentials ADD COLUMN deleted_at BIGINT;
ALTER TABLE connectors ADD COLUMN deleted_at BIGINT;
ALTER TABLE schedules ADD COLUMN deleted_at BIGINT;
ALTER TABLE views ADD COLUMN deleted_at BIGINT;

DROP INDEX credentials_name_taken;
DROP INDEX connectors_name_taken;
DROP INDEX schedules_name_taken;
DROP INDEX views_name_taken;
CREATE UNIQUE INDEX credentials_name_taken ON credentials (name_folded) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX connectors_name_taken ON connectors (name_folded) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX schedules_name_taken ON schedules (name_folded) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX views_name_taken ON views (owner_id, name_folded) WHERE deleted_at IS NULL;

CREATE INDEX credentials_deleted ON credentials (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX connectors_deleted ON connectors (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX schedules_deleted ON schedules (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX views_deleted ON views (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX test_sends_by_time ON test_sends (sent_at);
";
