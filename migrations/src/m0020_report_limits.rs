//! What limits scheduled reports, and the latest time that the servers have seen.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// `report_usage` counts what was sent on a day (of UTC, since 1970) by an owner; owner 0 stands for all of them.
/// `view_id` is the view whose report a file holds. Of a clock that jumped, `doubtful_time` is what it said last, and
/// `doubtful_ran` for how many microseconds servers have run by it.
const SQL: &str = r"
CREATE TABLE report_usage (
    day BIGINT NOT NULL,
    owner_id BIGINT NOT NULL,
    messages BIGINT NOT NULL,
    octets BIGINT NOT NULL,
    PRIMARY KEY (day, owner_id)
);
CREATE INDEX schedules_owned ON schedules (owner_id);
ALTER TABLE schedule_files ADD COLUMN view_id BIGINT;
ALTER TABLE settings ADD COLUMN latest_time BIGINT;
ALTER TABLE settings ADD COLUMN doubtful_time BIGINT;
ALTER TABLE settings ADD COLUMN doubtful_ran BIGINT;
";
