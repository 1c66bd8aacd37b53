//! Schedules that follow a view.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// A view that is gone stays named: its schedules are stopped, and say why.
const SQL: &str = r"
ALTER TABLE schedules ADD COLUMN view_id BIGINT;
CREATE INDEX schedules_following ON schedules (view_id);
";
