//! The one place that opens connections: the name is looked up once, every address is held against the policy, and
//! only addresses that passed are connected to. There is no second lookup that could answer differently.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::ResolveHosts;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use model::FailureKind;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::policy::denied;
use super::transcript::Transcript;

/// How long one address has before the next one is tried beside it (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);
/// The most addresses that are tried.
const ADDRESSES: usize = 16;

/// The addresses of a host. Only those that passed the policy can be connected to.
#[derive(Debug)]
pub struct Addresses {
    found: Vec<IpAddr>,
    allowed: Vec<IpAddr>,
}

impl Addresses {
    pub fn new(found: Vec<IpAddr>) -> Self {
        let allowed = found.iter().copied().filter(|&address| denied(address).is_none()).collect();
        Self { found, allowed: take_turns(allowed) }
    }

    /// "127.0.0.1, ::1".
    pub fn fact(&self) -> String {
        let listed: Vec<String> = self.found.iter().take(ADDRESSES).map(ToString::to_string).collect();
        listed.join(", ")
    }
}

/// The system's resolver (`/etc/resolv.conf`, `/etc/hosts`), without a cache: whoever tests again after a change
/// wants to see the change.
pub fn system_resolver(limit: Duration) -> Result<TokioResolver, FailureKind> {
    let failed = |error: NetError| FailureKind::ResolverFailed(error.to_string());
    let mut builder = TokioResolver::builder_tokio().map_err(failed)?;
    let options = builder.options_mut();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Always;
    // Two tries fit into the stage, so that a resolver that does not answer is told from a stage that is too short.
    options.timeout = options.timeout.min(limit / 3);
    builder.build().map_err(failed)
}

/// Looks a name up, once.
pub async fn resolve(resolver: &TokioResolver, name: &str) -> Result<Addresses, FailureKind> {
    let answer = resolver.lookup_ip(name).await.map_err(|error| match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => FailureKind::NoSuchName,
            ResponseCode::NoError => FailureKind::NoAddress,
            code => FailureKind::ResolverFailed(code.to_string()),
        },
        other => FailureKind::ResolverFailed(other.to_string()),
    })?;
    let mut found = Vec::new();
    for address in answer.iter() {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    match found.is_empty() {
        true => Err(FailureKind::NoAddress),
        false => Ok(Addresses::new(found)),
    }
}

/// IPv6 and IPv4 in turns (RFC 8305, section 4), so that one family that leads nowhere costs one attempt.
fn take_turns(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let (v6, v4): (Vec<IpAddr>, Vec<IpAddr>) = addresses.into_iter().partition(IpAddr::is_ipv6);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut turns = Vec::new();
    loop {
        match (v6.next(), v4.next()) {
            (None, None) => break,
            pair => turns.extend([pair.0, pair.1].into_iter().flatten()),
        }
    }
    turns.truncate(ADDRESSES);
    turns
}

/// Connects to the first address that answers; failures of the others are noted.
pub async fn connect(
    addresses: &Addresses,
    port: u16,
    transcript: &mut Transcript,
) -> Result<(TcpStream, SocketAddr), FailureKind> {
    for address in &addresses.found {
        if let Some(what) = denied(*address) {
            transcript.note(format!("{address}: {what}; Posthouse never connects there"));
        }
    }
    let mut left = addresses.allowed.iter().map(|&address| SocketAddr::new(address, port));
    let mut running = JoinSet::new();
    let mut faults = Vec::new();
    loop {
        if let Some(address) = left.next() {
            running.spawn(async move { (address, open(address).await) });
        } else if running.is_empty() {
            return Err(no_way(addresses, &faults));
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = sleep(STAGGER), if left.len() > 0 => continue,
        };
        match ended {
            Some(Ok((address, Ok(stream)))) => return Ok((stream, address)),
            Some(Ok((address, Err(error)))) => {
                transcript.note(format!("{address}: {error}"));
                faults.push(error);
            }
            // A task that panicked or was stopped gives no connection.
            Some(Err(_)) | None => {}
        }
    }
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Commands are small and each waits for its reply: collecting them costs 40 ms a time.
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn no_way(addresses: &Addresses, faults: &[io::Error]) -> FailureKind {
    // A refusal is an answer from the machine itself, and says more than a missing route of the other family.
    if faults.iter().any(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        return FailureKind::ConnectionRefused;
    }
    if let Some(error) = faults.last() {
        return FailureKind::Unreachable(error.to_string());
    }
    let named = addresses.found.iter().find_map(|&address| denied(address).map(|what| (address, what)));
    FailureKind::Unreachable(match named {
        Some((address, what)) => format!("Posthouse never connects to {address} ({what})"),
        None => "There is no address to connect to".to_owned(),
    })
}
