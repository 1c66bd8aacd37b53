//! The parts that pages are made of.

pub mod copy;
pub mod field;
pub mod frame;
pub mod icon;
pub mod leave;
pub mod page;
pub mod problem;
pub mod time;
pub mod toast;
