//! The connections: accepted, answered one request after the other, and ended without cutting off what runs.
//!
//! axum's own loop waits for ever for a request of which only the beginning came, also when the server is to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How long a connection may be silent, and how long the head of a request may take: longer than proxies keep
/// connections for their next request.
const SILENCE: Duration = Duration::from_secs(75);
/// The same once the server is to stop.
const SILENCE_AT_THE_END: Duration = Duration::from_secs(2);
/// After a failure to accept, as when too many files are open.
const PAUSE: Duration = Duration::from_millis(200);

/// Answers until `stopped`, then takes no more connections and waits for the answers that are due.
pub async fn serve(listener: TcpListener, router: Router, stopped: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(());
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => drop(tokio::spawn(talk(stream, peer, router.clone(), stopping.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "A connection could not be accepted");
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop((listener, stopping));
    stop.send_replace(());
    // Each connection holds a receiver until it ends.
    stop.closed().await;
}

async fn talk(stream: TcpStream, peer: SocketAddr, router: Router, mut stopping: watch::Receiver<()>) {
    // Answers are written as a whole: waiting for more to send would only delay them.
    let _without = stream.set_nodelay(true);
    tokio::select! {
        spoke = timeout(SILENCE, stream.readable()) => if spoke.is_err() { return },
        _ = stopping.changed() => return,
    }
    let running = Arc::new(AtomicUsize::new(0));
    let service = Counted { service: TowerToHyperService::new(router), running: Arc::clone(&running), peer };
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(SILENCE);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    let mut last = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "A connection ended early");
                }
                return;
            }
            _ = stopping.changed(), if !last => {
                last = true;
                connection.as_mut().graceful_shutdown();
            }
            () = sleep(SILENCE_AT_THE_END), if last => if running.load(Ordering::Relaxed) == 0 { return },
        }
    }
}

/// Knows how many requests are being answered, and says where they come from.
struct Counted<S> {
    service: S,
    running: Arc<AtomicUsize>,
    peer: SocketAddr,
}

impl<S: Service<Request<Incoming>, Error = Infallible>> Service<Request<Incoming>> for Counted<S>
where
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<S::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.running.fetch_add(1, Ordering::Relaxed);
        let (running, answer) = (Arc::clone(&self.running), self.service.call(request));
        Box::pin(async move {
            let answer = answer.await;
            running.fetch_sub(1, Ordering::Relaxed);
            answer
        })
    }
}
