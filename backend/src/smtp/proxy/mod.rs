//! The way through a network connector's proxy: its own address is looked up and held against the policy like any
//! other, and the name of the mail server is looked up by the proxy.

mod challenge;
mod head;
mod http_connect;
mod socks5;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use model::{ConnectorKind, Failure, FailureKind, Host, Stage, TranscriptLine};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::address::ascii_name;
use super::dial::{Addresses, connect, resolve, resolver};
use super::fault::Fault;
use super::policy::refused;
use super::transcript::Transcript;
use super::{Limits, Proxy, Reach};

/// What *Check* found.
#[derive(Clone, Debug)]
pub struct ProxyReport {
    /// What the proxy answered, in its own words, or why it did not.
    pub words: String,
    pub failure: Option<Failure>,
    pub transcript: Vec<TranscriptLine>,
    /// Microseconds from start to end.
    pub took: u64,
}

/// Reaches a host and port through the proxy, and says what the proxy answered. Nothing is said to the host.
pub async fn check_proxy(proxy: &Proxy, (host, port): (&Host, u16), reach: &Reach, limits: &Limits) -> ProxyReport {
    let mut transcript = Transcript::new();
    let begun = Instant::now();
    let work = async {
        let place = Place::new(host, port)?;
        through(proxy, &place, (reach, limits.connector), &mut transcript).await
    };
    let outcome = timeout(limits.connector, work).await.unwrap_or_else(|_| Err(Fault::timed_out(limits.connector)));
    let (words, failure) = match outcome {
        Ok((_, words)) => (words, None),
        Err(fault) => (fault.fact(), Some(Failure { stage: Stage::Connector, kind: fault.kind, reply: fault.reply })),
    };
    let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    ProxyReport { words, failure, transcript: transcript.into_lines(), took }
}

/// A connection through the proxy, and the proxy's words about it.
pub async fn through(
    proxy: &Proxy,
    place: &Place,
    (reach, limit): (&Reach, Duration),
    transcript: &mut Transcript,
) -> Result<(TcpStream, String), Fault> {
    if let Some(what) = place.address.and_then(|address| refused(address, &reach.networks)) {
        return Err(FailureKind::Unreachable(format!("Posthouse never connects to {} ({what})", place.host)).into());
    }
    let dialer = Dialer::new(proxy, reach, limit).await?;
    match proxy.kind {
        ConnectorKind::Socks5 => socks5::connect(&dialer, proxy.sign_in.as_ref(), place, transcript).await,
        ConnectorKind::HttpConnect => http_connect::connect(&dialer, proxy.sign_in.as_ref(), place, transcript).await,
    }
}

/// Where the proxy is to connect to.
#[derive(Debug)]
pub struct Place {
    /// A name in ASCII, or an address.
    host: String,
    address: Option<IpAddr>,
    port: u16,
}

impl Place {
    pub fn new(host: &Host, port: u16) -> Result<Self, Fault> {
        let address = host.ip();
        let host = match address {
            Some(address) => address.to_string(),
            None => ascii_name(host.as_str()).map_err(FailureKind::Settings)?,
        };
        Ok(Self { host, address, port })
    }

    /// "smtp.example.org:587", "[::1]:587".
    fn authority(&self) -> String {
        match self.address {
            Some(IpAddr::V6(address)) => format!("[{address}]:{}", self.port),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

/// Connects to the proxy. Its name is looked up once, however often it is connected to.
struct Dialer {
    addresses: Addresses,
    port: u16,
}

impl Dialer {
    async fn new(proxy: &Proxy, reach: &Reach, limit: Duration) -> Result<Self, Fault> {
        let addresses = match proxy.host.ip() {
            Some(address) => Addresses::new(vec![address], &reach.networks),
            None => {
                let name = ascii_name(proxy.host.as_str()).map_err(FailureKind::Settings)?;
                resolve(&resolver(reach.dns, limit)?, &name, &reach.networks).await?
            }
        };
        Ok(Self { addresses, port: proxy.port })
    }

    async fn dial(&self, transcript: &mut Transcript) -> Result<TcpStream, Fault> {
        let (stream, address) = connect(&self.addresses, self.port, transcript).await?;
        transcript.note(format!("Connected to the proxy at {address}"));
        Ok(stream)
    }
}
