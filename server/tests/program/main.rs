//! The program from the outside: its command line, its web manners, and what survives when it is killed.
//! Each test starts the real binary on a port and a database of its own.

mod at_once;
mod commands;
mod forms;
mod gone;
mod headers;
mod http;
mod killed;
mod routes;
mod secrets;
mod settings;
mod start;
mod statuses;
mod stopping;
mod vault;
mod world;
