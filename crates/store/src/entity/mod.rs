//! The tables as they are: one file each.

pub mod account;
pub mod batch;
pub mod change;
pub mod connector;
pub mod credential;
pub mod footer;
pub mod import;
pub mod imported_account;
pub mod kept_form;
pub mod known_device;
pub mod login_counter;
pub mod networks;
pub mod report_usage;
pub mod schedule;
pub mod schedule_file;
pub mod schedule_run;
pub mod secret;
pub mod session;
pub mod setting;
pub mod test_send;
pub mod user;
pub mod vault;
pub mod view;
