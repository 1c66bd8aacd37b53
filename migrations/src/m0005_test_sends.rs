//! Test sends. They outlive their account, so that no foreign key ties them to it.

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
CREATE TABLE test_sends (
    id {id},
    account_id BIGINT NOT NULL,
    account_name {text} NOT NULL,
    sent_by {text} NOT NULL,
    sent_at BIGINT NOT NULL,
    recipient {text} NOT NULL,
    subject {text} NOT NULL,
    host {text} NOT NULL,
    port INTEGER NOT NULL,
    security {text} NOT NULL,
    taken {text},
    report {text}
);
CREATE INDEX test_sends_by_account ON test_sends (account_id, id);
";
