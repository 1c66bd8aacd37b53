//! The connections: accepted, answered one request after the other, and ended without cutting off what runs.
//!
//! axum's own loop accepts without a limit, and waits for ever for a request of which only the beginning came, also
//! when the server is to stop.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use admission::{Admission, Connection, ConnectionSlot};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tracked::{Answering, Arriving, Tracked};

use crate::http::tls::Certificates;

mod activity;
mod admission;
mod limits;
mod tracked;

pub use limits::Limits;

/// How long a connection on which nothing runs may go on once the server is to stop.
const SILENCE_AT_THE_END: Duration = Duration::from_secs(2);
/// After a failure to accept, as when too many files are open.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest head of a request; the longest address takes half of it.
const HEAD_OCTETS: usize = 128 * 1024;

/// What connections are served with.
#[derive(Clone)]
pub struct Served {
    pub router: Router,
    /// None: without TLS.
    pub tls: Option<Arc<Certificates>>,
}

/// Answers until `stopped`, then takes no more connections and waits for the answers that are due.
pub async fn serve(listener: TcpListener, served: Served, limits: Limits, stopped: impl Future<Output = ()>) {
    let (stop, stopping) = watch::channel(());
    let admission = Admission::new(limits);
    let mut stopped = pin!(stopped);
    loop {
        tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => if let Some(place) = admission.admit(peer.ip()).await {
                    tokio::spawn(talk(stream, peer, place, served.clone(), stopping.clone()));
                },
                // The client's own failure.
                Err(error) if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
                ) => {}
                Err(error) => {
                    tracing::warn!(%error, "A connection could not be accepted");
                    admission.make_room(None);
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

async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    place: ConnectionSlot,
    served: Served,
    mut stopping: watch::Receiver<()>,
) {
    // Answers are written as a whole: waiting for more to send would only delay them.
    let _without = stream.set_nodelay(true);
    // What was given to the system is not kept for ever either, for a client that is gone or takes nothing.
    let write_millis = u32::try_from(place.times().write.as_millis()).unwrap_or(u32::MAX);
    let _kept = rustix::net::sockopt::set_tcp_user_timeout(&stream, write_millis);
    let connection = Arc::clone(&place.connection);
    let stream = Tracked::new(stream, Arc::clone(&connection));
    let service = Observed { service: TowerToHyperService::new(served.router), peer, connection };
    let Some(tls) = served.tls else {
        return converse(stream, service, &place, stopping).await;
    };
    let shaken = tokio::select! {
        shaken = timeout(place.times().head, tls.acceptor().accept(stream)) => shaken,
        () = place.connection.closed() => return,
        _ = stopping.changed() => return,
    };
    match shaken {
        Ok(Ok(stream)) => {
            place.connection.activity.restart();
            converse(stream, service, &place, stopping).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "A TLS handshake failed"),
        Err(_) => tracing::debug!("A TLS handshake took too long"),
    }
}

async fn converse<S>(stream: S, service: Observed, place: &ConnectionSlot, mut stopping: watch::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut server = http1::Builder::new();
    // Its own limit for a head would also end connections that are kept for their next request.
    server.timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(HEAD_OCTETS);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    let (activity, times) = (&place.connection.activity, place.times());
    let mut stopping_since: Option<Instant> = None;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "A connection ended early");
                }
                return;
            }
            () = place.connection.closed() => return,
            _ = stopping.changed(), if stopping_since.is_none() => {
                if activity.is_new() {
                    return;
                }
                stopping_since = Some(Instant::now());
                connection.as_mut().graceful_shutdown();
            }
            () = sleep(times.check) => {
                let is_over = stopping_since.is_some_and(|since| since.elapsed() >= SILENCE_AT_THE_END);
                if activity.is_overdue(times) || (is_over && !activity.has_due()) {
                    return;
                }
            }
        }
    }
}

/// The router, told where a request comes from. Knows which requests are being answered.
struct Observed {
    service: TowerToHyperService<Router>,
    peer: SocketAddr,
    connection: Arc<Connection>,
}

impl Service<Request<Incoming>> for Observed {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answering = Answering::begin(Arc::clone(&self.connection));
        let answer = self.service.call(request.map(|body| Arriving::body(body, Arc::clone(&self.connection))));
        Box::pin(async move { answer.await.map(|answer| answer.map(|body| answering.with(body))) })
    }
}

#[cfg(test)]
mod tests;
