//! What the program does from a command line, besides serving: a file for each command.

pub mod backup;
pub mod exchange;
pub mod explain;
pub mod test_send;
pub mod users;
pub mod vault;
