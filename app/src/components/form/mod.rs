//! What forms share: the draft with its fields, and, of the forms of records, saving, leaving and what somebody else
//! saved meanwhile.

pub mod draft;
pub mod record;
pub mod waiting;
