//! How a test send ended, for its account's history; and until when the certificate holds that an account's server
//! showed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// What was kept before had no column for it, and is read out of its report.
const SQL: &str = r#"
ALTER TABLE accounts ADD COLUMN certificate_until BIGINT;
ALTER TABLE test_sends ADD COLUMN ended {text};
ALTER TABLE test_sends ADD COLUMN failed_at {text};
UPDATE test_sends SET ended = CASE
    WHEN taken = 'yes' THEN 'accepted'
    WHEN taken = 'unknown' THEN 'unknown'
    WHEN report LIKE '%"failure":null%' THEN 'checked'
    WHEN report LIKE '%"kind":"Cancelled"%' THEN 'cancelled'
    ELSE 'failed'
END WHERE taken IS NOT NULL;
"#;
