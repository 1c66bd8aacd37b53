//! The use cases against real databases: each test on SQLite and on PostgreSQL, with a fresh database of its own.

mod accounts;
mod at_once;
mod backups;
mod batches;
mod credentials;
mod deleted;
mod export;
mod failures;
mod filters;
mod followed_views;
mod histories;
mod import;
mod import_kept;
mod import_round_trip;
mod integrity;
mod mailbox;
mod many;
mod networks;
mod opening;
mod people;
mod plans;
mod retention;
mod rotation;
mod rules;
mod schedules;
mod sink;
#[path = "../support/mod.rs"]
mod support;
mod test_sends;
mod vault;
mod views;
mod world;
