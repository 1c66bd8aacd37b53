//! The tables as they are: one file each.

pub mod account;
pub(crate) mod batch;
pub(crate) mod change;
pub(crate) mod connector;
pub mod credential;
pub(crate) mod footer;
pub(crate) mod import;
pub(crate) mod imported_account;
pub(crate) mod kept_form;
pub(crate) mod known_device;
pub(crate) mod login_counter;
pub(crate) mod networks;
pub(crate) mod report_usage;
pub mod schedule;
pub(crate) mod schedule_file;
pub mod schedule_run;
pub mod secret;
pub(crate) mod session;
pub(crate) mod setting;
pub(crate) mod test_send;
pub(crate) mod user;
pub(crate) mod vault;
pub(crate) mod view;
