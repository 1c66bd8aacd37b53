//! The parts that pages are made of.

pub mod actions;
pub mod choice;
pub mod copy;
pub mod delete;
pub mod field;
pub mod form;
pub mod frame;
pub mod icon;
pub mod lazy_page;
pub mod leave;
pub mod list;
pub mod load;
pub mod note;
pub mod offline;
pub mod outcome;
pub mod page;
pub mod palette;
pub mod problem;
pub mod provider;
pub mod reauthenticate;
pub mod shortcuts;
pub mod stale;
pub mod time;
pub mod toast;
pub mod uses;
