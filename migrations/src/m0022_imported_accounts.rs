//! What accounts were before an import, so that it can be undone as a whole.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// The change is of the kind "import"; a new account was nothing before.
const SQL: &str = r"
CREATE TABLE imported_accounts (
    change_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    previous {text},
    PRIMARY KEY (change_id, account_id)
);
";
