//! The use cases against real databases: each test on SQLite and on PostgreSQL, with a fresh database of its own.

mod accounts;
mod at_once;
mod batches;
mod checks;
mod clock;
mod connector_routes;
mod credentials;
mod export;
mod failures;
mod filters;
mod followed_views;
mod histories;
mod import;
mod import_kept;
mod import_round_trip;
mod mailbox;
mod many;
mod networks;
mod opening;
mod people;
mod plans;
mod private_views;
mod references;
mod report_limits;
mod rotation;
mod rules;
mod schedules;
mod sessions;
mod sign_in;
mod sink;
#[path = "../support/mod.rs"]
mod support;
mod test_sends;
mod vault;
mod views;
mod world;
