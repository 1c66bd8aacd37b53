//! The route through a network connector's proxy. Its own address is looked up and held against the policy like any
//! other, and so is that of the mail server: the proxy gets a checked address, which it cannot resolve differently.
//! Only a connector that an administrator marked gets the name.

mod authorization;
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
use super::dial::{Addresses, connect};
use super::error::SmtpError;
use super::resolve::Resolver;
use super::transcript::Transcript;
use super::{Egress, Proxy, StageLimits};

/// The most addresses that a proxy is asked for: each costs a connection to it.
const ADDRESSES: usize = 4;

/// What *Check* found.
#[derive(Clone, Debug)]
pub struct ProxyReport {
    /// What the proxy answered, in its own words, or why it did not.
    pub words: String,
    /// Why the host and port were not connected to; None where they were.
    pub failure: Option<Failure>,
    /// What was said to the proxy, and by it.
    pub transcript: Vec<TranscriptLine>,
    /// Microseconds from start to end.
    pub elapsed: u64,
}

/// Reaches a host and port through the proxy, and says what the proxy answered. Nothing is said to the host. A failure
/// of the stage DNS is about the host, one of the stage Connector about the proxy.
pub async fn check_proxy(
    proxy: &Proxy,
    (host, port): (&Host, u16),
    egress: &Egress,
    limits: &StageLimits,
) -> ProxyReport {
    let mut transcript = Transcript::new();
    let started = Instant::now();
    let find = ProxyDestination::find(proxy, host, (egress, limits.dns), &mut transcript);
    let found = timeout(limits.dns, find).await.unwrap_or_else(|_| Err(SmtpError::timed_out(limits.dns)));
    let (stage, outcome) = match found {
        Err(fault) => (Stage::Dns, Err(fault)),
        Ok(destination) => {
            let work = through(proxy, (&destination, port), (egress, limits.connector), &mut transcript);
            let outcome = timeout(limits.connector, work).await;
            (Stage::Connector, outcome.unwrap_or_else(|_| Err(SmtpError::timed_out(limits.connector))))
        }
    };
    let (words, failure) = match outcome {
        Ok((_, words)) => (words, None),
        Err(fault) => (fault.fact(), Some(Failure { stage, kind: fault.kind, reply: fault.reply })),
    };
    let elapsed = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    ProxyReport { words, failure, transcript: transcript.into_lines(), elapsed }
}

/// What the proxy is asked to connect to.
#[derive(Debug)]
pub enum ProxyDestination {
    /// Resolved here, and held against the policy.
    Addresses(Addresses),
    /// A name in ASCII, which the proxy resolves.
    Name(String),
}

impl ProxyDestination {
    async fn find(
        proxy: &Proxy,
        host: &Host,
        (egress, limit): (&Egress, Duration),
        transcript: &mut Transcript,
    ) -> Result<Self, SmtpError> {
        if let Some(address) = host.ip() {
            return Ok(Self::Addresses(Addresses::new(vec![address], egress)));
        }
        let name = ascii_name(host.as_str()).map_err(FailureKind::Settings)?;
        if proxy.resolves_names {
            return Ok(Self::Name(name));
        }
        let addresses = Resolver::new(egress.dns, limit)?.addresses(&name, egress).await?;
        transcript.note(format!("{name}: {}", addresses.fact()));
        Ok(Self::Addresses(addresses))
    }

    /// What the proxy is asked for, one after the other until it connects.
    fn targets(&self, port: u16, transcript: &mut Transcript) -> Result<Vec<ProxyTarget>, FailureKind> {
        Ok(match self {
            Self::Name(name) => vec![ProxyTarget::named(name.clone(), port)],
            Self::Addresses(addresses) => {
                let permitted = addresses.permitted(transcript)?.iter().take(ADDRESSES);
                permitted.map(|&address| ProxyTarget::at(address, port)).collect()
            }
        })
    }
}

/// A connection through the proxy, and the proxy's words about it.
pub async fn through(
    proxy: &Proxy,
    (destination, port): (&ProxyDestination, u16),
    (egress, limit): (&Egress, Duration),
    transcript: &mut Transcript,
) -> Result<(TcpStream, String), SmtpError> {
    let targets = destination.targets(port, transcript)?;
    let dialer = Dialer::new(proxy, egress, limit).await?;
    let Some((last, others)) = targets.split_last() else {
        return Err(FailureKind::Unreachable("There is no address to connect to".to_owned()).into());
    };
    // Each but the last has its share of the time: a proxy may wait long for one address.
    let share = limit / u32::try_from(targets.len()).unwrap_or(u32::MAX);
    for target in others {
        match timeout(share, ask(proxy, &dialer, target, transcript)).await {
            Ok(Err(SmtpError { kind: FailureKind::ProxyRefused { .. }, .. })) => {}
            Ok(outcome) => return outcome,
            Err(_) => transcript.note(format!("The proxy: no answer about {}", target.authority())),
        }
    }
    ask(proxy, &dialer, last, transcript).await
}

async fn ask(
    proxy: &Proxy,
    dialer: &Dialer,
    target: &ProxyTarget,
    transcript: &mut Transcript,
) -> Result<(TcpStream, String), SmtpError> {
    match proxy.kind {
        ConnectorKind::Socks5 => socks5::connect(dialer, proxy.sign_in.as_ref(), target, transcript).await,
        ConnectorKind::HttpConnect => http_connect::connect(dialer, proxy.sign_in.as_ref(), target, transcript).await,
    }
}

/// Whatever answered: what it said is not shown, since it may be any service inside.
fn not_a_proxy(kind: ConnectorKind, transcript: &mut Transcript) -> SmtpError {
    let fault = SmtpError::from(FailureKind::NotAProxy(kind.proxy().to_owned()));
    transcript.note(fault.fact());
    fault
}

/// Where the proxy is to connect to.
#[derive(Debug)]
struct ProxyTarget {
    /// A name in ASCII, or an address.
    host: String,
    address: Option<IpAddr>,
    port: u16,
}

impl ProxyTarget {
    fn named(name: String, port: u16) -> Self {
        Self { host: name, address: None, port }
    }

    fn at(address: IpAddr, port: u16) -> Self {
        Self { host: address.to_string(), address: Some(address), port }
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
    async fn new(proxy: &Proxy, egress: &Egress, limit: Duration) -> Result<Self, SmtpError> {
        let addresses = match proxy.host.ip() {
            Some(address) => Addresses::new(vec![address], egress),
            None => {
                let name = ascii_name(proxy.host.as_str()).map_err(FailureKind::Settings)?;
                Resolver::new(egress.dns, limit)?.addresses(&name, egress).await?
            }
        };
        Ok(Self { addresses, port: proxy.port })
    }

    async fn dial(&self, transcript: &mut Transcript) -> Result<TcpStream, SmtpError> {
        let (stream, address) = connect(&self.addresses, self.port, transcript).await?;
        transcript.note(format!("Connected to the proxy at {address}"));
        Ok(stream)
    }
}
