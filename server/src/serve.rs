//! `posthouse serve`: backend, router, run; a signal ends it once what runs has finished.

use std::io::{ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::anyhow;
use backend::Backend;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::base_url::BaseUrl;
use crate::cli::{LogFormat, Settings};
use crate::http::connections::{self, Limits, Served};
use crate::http::render::Renderer;
use crate::http::router;
use crate::http::router::Parts;
use crate::http::site::Site;
use crate::http::tls::Certificates;
use crate::process;
use crate::set_up_link::LinkFile;
use crate::watchdog::Watchdog;

pub async fn run(settings: Settings, accept_clock: bool) -> anyhow::Result<()> {
    settings.check_transport()?;
    let open_files = process::raise_open_files();
    let mut limits = Limits::new(open_files, settings.max_connections, settings.max_connections_per_client)?;
    // Behind a proxy stand many clients.
    let trusted_proxies = settings.trusted_proxies.clone();
    limits.is_exempt = Box::new(move |address| trusted_proxies.includes(address));
    let tls = settings.tls.clone().map(Certificates::load).transpose()?.map(Arc::new);
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr()?;
    let site = Site::new(settings.base_url.clone(), address, tls.is_some())?;
    let config = settings.backend()?;
    Backend::check_integrity(&config).await?;
    let backend = Backend::open(config).await?;
    if accept_clock {
        backend.accept_clock().await?;
    }
    backend.begin_maintenance().await;
    // Waited for from here on: whoever reads the address may stop it at once.
    let stopped = stopped([signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]);
    if let Some(tls) = tls.clone() {
        let renewed = signal(SignalKind::hangup())?;
        tokio::spawn(async move { tls.follow(renewed).await });
    }
    announce(&backend, &site.base_url, address, &settings).await?;
    backend.begin_schedules();
    let renderer = Renderer::start()?;
    let mut runtimes = renderer.handles().to_vec();
    runtimes.push(Handle::current());
    let watchdog = Watchdog::start(runtimes)?;
    let parts = Parts { site, trusted_proxies: settings.trusted_proxies, renderer: renderer.clone(), watchdog };
    let router = router::router(backend.clone(), parts);
    let stopped = async {
        stopped.await;
        backend.begin_stop();
    };
    connections::serve(listener, Served { router, tls }, limits, stopped).await;
    renderer.finish().await;
    // Connections to the database may belong to the rendering threads, which end after it.
    backend.close().await;
    drop(renderer);
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
async fn announce(
    backend: &Backend,
    base_url: &BaseUrl,
    address: SocketAddr,
    settings: &Settings,
) -> anyhow::Result<()> {
    let origin = &base_url.origin;
    let version = env!("CARGO_PKG_VERSION");
    let set_up = backend.set_up_token().await?.map(|token| format!("{origin}{}?token={token}", app::paths::SET_UP));
    let file = LinkFile::of(&settings.data_dir);
    let place = file.path().display().to_string();
    let is_shown = settings.log_format == LogFormat::Text && std::io::stdout().is_terminal();
    if set_up.is_none() || is_shown {
        file.remove();
    }
    let invitation = match &set_up {
        Some(link) if is_shown => Some(format!("Make the first administrator, once, within 24 hours: {link}")),
        Some(link) => keep_link(backend.clone(), &file, link)
            .then(|| format!("Make the first administrator, once, within 24 hours, by the link in {place}")),
        None => None,
    };
    match settings.log_format {
        LogFormat::Text => {
            let mut text = format!("Posthouse {version} is at {origin}\n");
            if origin.split_once("://").is_none_or(|(_, authority)| authority != address.to_string()) {
                text = format!("Posthouse {version} is at {origin}, listening on {address}\n");
            }
            text.extend(invitation.map(|invitation| format!("{invitation}\n")));
            // Whoever does not read it does not end the program.
            let _unread = std::io::stdout().write_all(text.as_bytes());
        }
        LogFormat::Json => {
            tracing::info!(version, url = %origin, %address, "Posthouse is running");
            if let Some(invitation) = invitation {
                tracing::info!(file = place, "{invitation}");
            }
        }
    }
    Ok(())
}

/// Output that no terminal shows is collected and read elsewhere: it says where the link is, and not the link. Whether
/// that was written.
fn keep_link(backend: Backend, file: &LinkFile, link: &str) -> bool {
    let written = file.write(link);
    if let Err(error) = &written {
        let file = file.path().display();
        tracing::error!(%error, %file, "The set-up link cannot be written; start Posthouse in a terminal with --log-format text to see it");
    }
    let file = file.clone();
    tokio::spawn(async move {
        backend.set_up_done().await;
        file.remove();
    });
    written.is_ok()
}

/// SIGTERM or SIGINT.
async fn stopped([mut terminate, mut interrupt]: [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("Stopping: what runs is finished first");
}
