//! The program from the outside: its command line, its web manners, and what survives when it is killed.
//! Each test starts the real binary on a port and a database of its own.

mod at_once;
mod backup;
mod canaries;
mod commands;
mod events;
mod exchange;
mod explain;
mod export;
mod forms;
mod gone;
mod headers;
mod http;
mod killed;
mod killed_runs;
mod memory;
mod print;
mod routes;
mod search;
mod secrets;
mod servers;
mod settings;
mod shown;
mod start;
mod statuses;
mod stopping;
mod test_send;
mod vault;
mod world;
