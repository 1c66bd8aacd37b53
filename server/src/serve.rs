//! `posthouse serve`: backend, router, run; a signal ends it once what runs has finished.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;

use anyhow::anyhow;
use backend::Backend;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::{BaseUrl, LogFormat, Settings};
use crate::{connections, router};

pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let config = settings.backend()?;
    Backend::check_integrity(&config).await?;
    let backend = Backend::open(config).await?;
    let base_url = match settings.base_url {
        Some(url) => url,
        None => BaseUrl::parse(&format!("http://{address}"))?,
    };
    // Waited for from here on: whoever reads the address may stop it at once.
    let stopped = stopped([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]);
    announce(&backend, &base_url, address, settings.log_format).await?;
    backend.begin_schedules();
    let router = router::router(backend.clone(), &base_url)?;
    connections::serve(listener, router, stopped).await;
    backend.close().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("{address} is in use; stop what listens there, or choose another address with --listen")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("{address} may not be listened on (ports below 1024 take a right); choose another with --listen")
        }
        ErrorKind::AddrNotAvailable => {
            anyhow!("{address} is no address of this machine; choose another with --listen")
        }
        _ => anyhow!("{address} cannot be listened on: {error}"),
    })
}

/// Says where Posthouse is, and how the first administrator is made: here, and nowhere else.
async fn announce(backend: &Backend, base_url: &BaseUrl, address: SocketAddr, format: LogFormat) -> anyhow::Result<()> {
    let origin = &base_url.origin;
    let version = env!("CARGO_PKG_VERSION");
    let set_up = backend.set_up_token().await?.map(|token| format!("{origin}{}?token={token}", app::paths::SET_UP));
    match format {
        LogFormat::Text => {
            let mut text = format!("Posthouse {version} is at {origin}\n");
            if *origin != format!("http://{address}") {
                text = format!("Posthouse {version} is at {origin}, listening on {address}\n");
            }
            if let Some(link) = set_up {
                text.push_str(&format!("Make the first administrator, once, within 24 hours: {link}\n"));
            }
            // Whoever does not read it does not end the program.
            let _unread = std::io::stdout().write_all(text.as_bytes());
        }
        LogFormat::Json => {
            tracing::info!(version, url = %origin, %address, "Posthouse is running");
            if let Some(link) = set_up {
                tracing::info!(%link, "Make the first administrator, once, within 24 hours");
            }
        }
    }
    Ok(())
}

/// SIGTERM or SIGINT.
async fn stopped([mut terminate, mut interrupt]: [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("Stopping: what runs is finished first");
}
