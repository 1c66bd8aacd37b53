//! The conversation with mail servers and proxies, real and scripted, and what its failures mean.

mod certificate_zoo;
mod certificates;
mod connectors;
mod delivery;
mod dns;
mod failures;
mod handshakes;
mod http_connect;
mod limits;
mod not_begun;
mod odd_servers;
mod passback;
mod passback_connectors;
mod postfix;
mod postfix_sign_in;
mod proxies;
mod proxy_names;
mod real_servers;
mod replies;
mod scheduled_postfix;
mod services;
mod sign_in;
mod socks5;
#[path = "../support/mod.rs"]
mod support;
mod trust;
mod wire;
mod zoo;
