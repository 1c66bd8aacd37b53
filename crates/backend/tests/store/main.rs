//! The use cases against real databases: each test on SQLite and on PostgreSQL, with a fresh database of its own.

mod accounts;
mod at_once;
mod backups;
mod batches;
mod bulk;
mod checks;
mod clock;
mod connector_routes;
mod context;
mod credentials;
mod deleted;
mod export;
mod failures;
mod filters;
mod followed_views;
mod histories;
mod import;
mod import_at_once;
mod import_kept;
mod import_round_trip;
mod import_spreadsheets;
mod import_undo;
mod integrity;
mod mailbox;
mod networks;
mod opening;
mod pasted;
mod people;
mod plans;
mod private_views;
mod references;
mod report_limits;
mod retention;
mod rotation;
mod rules;
mod schedules;
mod sessions;
mod sign_in;
mod sink;
#[expect(dead_code, reason = "these tests use a part of it")]
#[path = "../support/mod.rs"]
mod support;
mod test_sends;
mod vault;
mod views;
