//! Tests of what stands on the screen.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// `account_id` is 0 where the account was not saved yet.
const SQL: &str = r"
ALTER TABLE test_sends ADD COLUMN typed BOOLEAN NOT NULL DEFAULT FALSE;
";
