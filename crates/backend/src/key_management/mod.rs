//! The vault's key over the life of a database: made at the first start, checked at every other one, rotated, reset,
//! backed up and put back.

mod check;
mod copy;
mod reset;
mod rotation;
mod start;
mod upgrade;

pub use check::Checked;
pub(crate) use copy::{holds_key, key_text, put_key_back};
pub use reset::Forgotten;
pub use rotation::{Rotated, Rotation};
pub(crate) use start::open_vault;
