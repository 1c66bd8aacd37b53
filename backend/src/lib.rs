//! Everything that does I/O: the store, the conversation with mail servers, and the use cases that the pages call.
//! Names neither leptos nor axum.

pub mod message;
pub mod smtp;
