//! The log: what happened, without addresses, bodies and secrets.

use tracing_subscriber::EnvFilter;

use crate::cli::LogFormat;

/// Begins to log to standard error. `RUST_LOG` chooses how much.
pub fn begin(format: LogFormat) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
