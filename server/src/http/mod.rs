//! The web server: the connections, the layers that every request passes, and what answers it.

mod api_status;
mod assets;
mod audit;
pub mod client_address;
pub mod connections;
pub mod device_cookie;
mod export;
pub mod forwarded;
mod guard;
mod headers;
mod import;
pub mod limits;
mod origin;
mod pages;
mod posted_text;
mod preview;
mod print;
pub mod readiness;
mod refusal;
pub mod render;
pub mod router;
mod sessions;
pub mod site;
mod test_events;
pub mod tls;
mod viewer;
