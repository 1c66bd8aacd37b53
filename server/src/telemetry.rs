//! The log: what happened, without queries, bodies and secrets. Who did it, and from where, is said by audit events.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

const USUAL: &str = "info,sqlx=warn,sea_orm_migration=warn";
/// What is said at the start, above all the set-up link, and what people did is there whatever else is left out.
const ALWAYS: &str = "posthouse::serve=info,posthouse::audit=info";

/// Begins to log to standard error. `RUST_LOG` chooses how much.
pub fn begin(format: LogFormat) {
    let chosen = std::env::var("RUST_LOG").ok().filter(|chosen| !chosen.trim().is_empty());
    let filter = chosen.and_then(|chosen| EnvFilter::try_new(format!("{chosen},{ALWAYS}")).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(USUAL));
    // A log that nobody reads any more does not end the program, as complaining about it on standard error would.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .log_internal_errors(false);
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
