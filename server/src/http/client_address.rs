//! The address of who asks: of each request's connection, or what a trusted proxy says.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use backend::ClientAddress;
use model::Network;

use crate::http::forwarded;

/// The proxies whose word is taken for who asks.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[Network]>);

impl TrustedProxies {
    /// "127.0.0.1,10.0.0.0/8"
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let networks = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Network::parse);
        let networks: Result<Vec<_>, _> = networks.collect();
        let networks = networks.map_err(|why| anyhow!(why)).context("--trusted-proxies is not understood")?;
        Ok(Self(networks.into()))
    }

    /// Whether this is the address of one of them.
    pub fn includes(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.holds(address))
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        forwarded::client(peer, headers, &self.0).into()
    }
}

/// Puts the [`ClientAddress`] into the request.
pub async fn layer(State(trusted): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let address = peer.map_or(ClientAddress::UNKNOWN, |peer| trusted.client(peer, request.headers()));
    request.extensions_mut().insert(address);
    next.run(request).await
}
