//! `posthouse serve`: backend, router, run; a signal ends it once what runs has finished.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::anyhow;
use backend::Backend;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{BaseUrl, LogFormat, Settings};
use crate::router;

pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let listener = listen(settings.listen).await?;
    let backend = Backend::open(settings.backend()?).await?;
    let base_url = match settings.base_url {
        Some(url) => url,
        None => BaseUrl::parse(&format!("http://{}", listener.local_addr()?))?,
    };
    announce(&backend, &base_url, settings.log_format).await?;
    let router = router::router(backend.clone(), &base_url)?;
    axum::serve(listener, router).with_graceful_shutdown(stopped()).await?;
    backend.close().await;
    Ok(())
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("{address} is in use; stop what listens there, or choose another address with --listen")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("{address} may not be listened on; ports below 1024 need a right of their own, choose another with --listen")
        }
        ErrorKind::AddrNotAvailable => {
            anyhow!("{address} is no address of this machine; choose another with --listen")
        }
        _ => anyhow!("{address} cannot be listened on: {error}"),
    })
}

/// Says where Posthouse is, and how the first administrator is made: here, and nowhere else.
async fn announce(backend: &Backend, base_url: &BaseUrl, format: LogFormat) -> anyhow::Result<()> {
    let origin = &base_url.origin;
    let version = env!("CARGO_PKG_VERSION");
    let set_up = backend.set_up_token().await?.map(|token| format!("{origin}{}?token={token}", app::paths::SET_UP));
    match format {
        LogFormat::Text => {
            println!("Posthouse {version} is at {origin}");
            if let Some(link) = set_up {
                println!("Make the first administrator, once, within 24 hours: {link}");
            }
        }
        LogFormat::Json => {
            tracing::info!(version, url = %origin, "Posthouse is running");
            if let Some(link) = set_up {
                tracing::info!(%link, "Make the first administrator, once, within 24 hours");
            }
        }
    }
    Ok(())
}

/// SIGTERM or SIGINT.
async fn stopped() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            // Without the signal the other one, or the machine, ends the program.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::interrupt()) => {}
    }
    tracing::info!("Stopping: what runs is finished first");
}
