//! Schedules, their runs, and the files that were sent.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, SQL).await
    }
}

/// A run is one planned time of one schedule: the unique index is what makes it happen once. Whoever works on a run
/// holds it by a number, `claim`, until `held_until`.
const SQL: &str = r"
CREATE TABLE schedules (
    id {id},
    name {text} NOT NULL,
    name_folded {text} NOT NULL,
    query {text} NOT NULL,
    format {text} NOT NULL,
    recurrence {text} NOT NULL,
    zone {text} NOT NULL,
    recipients {text} NOT NULL,
    recipients_folded {text} NOT NULL,
    account_id BIGINT,
    subject {text} NOT NULL,
    send_empty BOOLEAN NOT NULL,
    enabled BOOLEAN NOT NULL,
    owner_id BIGINT NOT NULL,
    owner {text} NOT NULL,
    next_at BIGINT,
    stopped {text},
    unseen BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    saved_by {text} NOT NULL
);
CREATE UNIQUE INDEX schedules_name_taken ON schedules (name_folded);
CREATE INDEX schedules_due ON schedules (next_at, id);
CREATE INDEX schedules_unseen ON schedules (owner_id) WHERE unseen;

CREATE TABLE schedule_runs (
    id {id},
    schedule_id BIGINT NOT NULL,
    planned_at BIGINT NOT NULL,
    state {text} NOT NULL,
    by_hand BOOLEAN NOT NULL,
    late BOOLEAN NOT NULL,
    missed BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    claim BIGINT NOT NULL,
    held_until BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    row_count BIGINT,
    size BIGINT,
    recipients BIGINT NOT NULL,
    account_name {text},
    failed_at {text},
    words {text} NOT NULL
);
CREATE UNIQUE INDEX schedule_runs_once ON schedule_runs (schedule_id, planned_at);
CREATE INDEX schedule_runs_waiting ON schedule_runs (due_at, id) WHERE state = 'waiting';
CREATE INDEX schedule_runs_held ON schedule_runs (held_until) WHERE held_until IS NOT NULL;
CREATE INDEX schedule_runs_ended ON schedule_runs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE schedule_files (
    run_id BIGINT PRIMARY KEY,
    name {text} NOT NULL,
    media_type {text} NOT NULL,
    content {bytes} NOT NULL,
    kept_until BIGINT NOT NULL
);
CREATE INDEX schedule_files_kept ON schedule_files (kept_until);
";
