//! The one place that opens connections: the name is looked up once (`resolve.rs`), every address is held against the
//! policy, and only addresses that passed are connected to. There is no second lookup that could answer differently.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use model::FailureKind;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Egress;
use super::policy::refused;
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
    /// The others, each with the reason.
    refused: Vec<(IpAddr, &'static str)>,
    /// The name whose addresses these are, where the host's own one is an alias of it (CNAME).
    pub alias: Option<String>,
}

impl Addresses {
    pub fn new(found: Vec<IpAddr>, egress: &Egress) -> Self {
        let refused: Vec<_> = found.iter().filter_map(|&address| Some((address, refused(address, egress)?))).collect();
        let allowed = found.iter().copied().filter(|address| !refused.iter().any(|(one, _)| one == address)).collect();
        Self { found, allowed: interleave_families(allowed), refused, alias: None }
    }

    /// What is to be said of the family that was tried before the address that connected: ", IPv6 gave no connection".
    pub fn failed_family_note(&self, connected: IpAddr) -> &'static str {
        let mut before = self.allowed.iter().take_while(|&&address| address != connected);
        if !before.any(|address| address.is_ipv6() != connected.is_ipv6()) {
            ""
        } else if connected.is_ipv6() {
            ", IPv4 gave no connection"
        } else {
            ", IPv6 gave no connection"
        }
    }

    /// Those that may be connected to, in the order in which they are tried, with a note of the others; else why there
    /// are none.
    pub fn permitted(&self, transcript: &mut Transcript) -> Result<&[IpAddr], FailureKind> {
        for (address, what) in &self.refused {
            transcript.note(format!("{address}: {what}; Posthouse never connects there"));
        }
        match self.allowed.as_slice() {
            [] => Err(unreachable(self, &[])),
            permitted => Ok(permitted),
        }
    }

    /// "127.0.0.1, ::1 (alias of mx.example.net)".
    pub fn fact(&self) -> String {
        let listed: Vec<String> = self.found.iter().take(ADDRESSES).map(ToString::to_string).collect();
        let alias = self.alias.as_ref().map(|name| format!(" (alias of {name})"));
        listed.join(", ") + &alias.unwrap_or_default()
    }
}

/// IPv6 and IPv4 in turns (RFC 8305, section 4), so that one family that leads nowhere costs one attempt.
fn interleave_families(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
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
    let permitted = addresses.permitted(transcript)?;
    if let &[address] = permitted {
        let address = SocketAddr::new(address, port);
        // There is nothing to race against.
        return match open(address).await {
            Ok(stream) => Ok((stream, address)),
            Err(error) => {
                transcript.note(format!("{address}: {error}"));
                Err(unreachable(addresses, &[error]))
            }
        };
    }
    let mut left = permitted.iter().map(|&address| SocketAddr::new(address, port));
    let mut running = JoinSet::new();
    let mut faults = Vec::new();
    loop {
        if let Some(address) = left.next() {
            running.spawn(async move { (address, open(address).await) });
        } else if running.is_empty() {
            return Err(unreachable(addresses, &faults));
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

fn unreachable(addresses: &Addresses, faults: &[io::Error]) -> FailureKind {
    // A refusal is an answer from the machine itself, and says more than a missing route of the other family.
    if faults.iter().any(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
        return FailureKind::ConnectionRefused;
    }
    if let Some(error) = faults.last() {
        return FailureKind::Unreachable(error.to_string());
    }
    FailureKind::Unreachable(match addresses.refused.first() {
        Some((address, what)) => format!("Posthouse never connects to {address} ({what})"),
        None => "There is no address to connect to".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn the_next_address_is_tried_where_one_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let found = ["::1", "127.0.0.2", "127.0.0.1"].map(|address| address.parse().expect(address));
        let addresses = Addresses::new(found.to_vec(), &Egress::default());
        assert_eq!(addresses.fact(), "::1, 127.0.0.2, 127.0.0.1");
        let mut transcript = Transcript::new();
        let (stream, address) = connect(&addresses, port, &mut transcript).await.expect("a connection");
        assert_eq!(address.to_string(), format!("127.0.0.1:{port}"));
        assert!(stream.nodelay().expect("an option"));
        assert_eq!(transcript.into_lines().len(), 2, "both refusals are noted");
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_is_left_at_the_limit() {
        // A listener whose queue is full lets further attempts wait.
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        let listener = socket.listen(1).expect("it listens");
        let address = listener.local_addr().expect("an address");
        let mut queue = Vec::new();
        while let Ok(Ok(stream)) = timeout(Duration::from_millis(200), TcpStream::connect(address)).await {
            queue.push(stream);
            assert!(queue.len() < 64, "the queue fills");
        }
        let addresses = Addresses::new(vec![address.ip()], &Egress::default());
        let mut transcript = Transcript::new();
        let waits = connect(&addresses, address.port(), &mut transcript);
        assert!(timeout(Duration::from_millis(200), waits).await.is_err());
    }
}
