//! Looking names up: by the DNS server of the settings, else by those of the machine. Every name is absolute, so that a
//! search domain of the machine (`/etc/resolv.conf`) never makes another name of it, whose server would get the mail.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{RData, RecordType};
use model::FailureKind;

use super::Egress;
use super::dial::Addresses;

/// Asks. Without a cache: whoever tests again after a change wants to see the change. `/etc/hosts` comes first.
pub struct Resolver(TokioResolver);

impl Resolver {
    /// The resolver of one DNS server, else the system's (`/etc/resolv.conf`).
    pub fn new(dns: Option<SocketAddr>, limit: Duration) -> Result<Self, FailureKind> {
        let failed = |error: NetError| FailureKind::ResolverFailed(error.to_string());
        let mut builder = match dns {
            Some(server) => TokioResolver::builder_with_config(only(server), TokioRuntimeProvider::default()),
            None => TokioResolver::builder_tokio().map_err(failed)?,
        };
        let options = builder.options_mut();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Always;
        // Two attempts fit into the stage, so that a resolver that does not answer is distinguished from a stage that
        // is too short.
        options.timeout = options.timeout.min(limit / 3);
        builder.build().map(Self).map_err(failed)
    }

    /// Looks the addresses of a name up, once, and holds each against the policy.
    pub async fn addresses(&self, name: &str, egress: &Egress) -> Result<Addresses, FailureKind> {
        let answer = self.0.lookup_ip(absolute(name)).await.map_err(|error| match error {
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
        if found.is_empty() { Err(FailureKind::NoAddress) } else { Ok(Addresses::new(found, egress)) }
    }

    /// The records of a name; none where the DNS says that there are none, None where it gave no answer.
    pub async fn records(&self, name: &str, kind: RecordType) -> Option<Vec<RData>> {
        match self.0.lookup(absolute(name), kind).await {
            Ok(found) => Some(found.answers().iter().map(|record| record.data.clone()).collect()),
            Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Some(Vec::new()),
            Err(_) => None,
        }
    }
}

/// With the final dot that says that the name is whole (RFC 1034, section 3.1).
fn absolute(name: &str) -> String {
    format!("{}.", name.strip_suffix('.').unwrap_or(name))
}

/// By UDP, and by TCP what is too long for that.
fn only(server: SocketAddr) -> ResolverConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use hickory_resolver::proto::op::{Message, MessageType};
    use hickory_resolver::proto::rr::Name;
    use tokio::net::UdpSocket;

    use super::*;

    /// A DNS server that knows no name, and what it was asked for.
    async fn knowing_nothing() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut buffer = [0; 1_500];
            while let Ok((octets, from)) = socket.recv_from(&mut buffer).await {
                let mut message = Message::from_vec(&buffer[..octets]).expect("a question");
                heard.lock().expect("nobody panics").push(message.queries[0].name().to_ascii());
                message.metadata.message_type = MessageType::Response;
                message.metadata.response_code = ResponseCode::NXDomain;
                socket.send_to(&message.to_vec().expect("an answer"), from).await.expect("the answer goes out");
            }
        });
        (address, asked)
    }

    #[tokio::test]
    async fn a_search_domain_of_the_machine_is_never_used() {
        let (server, asked) = knowing_nothing().await;
        let domain = |text: &str| Name::from_ascii(text).expect(text);
        let servers = only(server).name_servers;
        let config = ResolverConfig::from_parts(Some(domain("corp.local.")), vec![domain("search.local.")], servers);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.options_mut().ndots = 5;
        let resolver = Resolver(builder.build().expect("a resolver"));
        for name in ["smtp.nordhavn.example", "mailhost", "smtp.nordhavn.example."] {
            let found = resolver.addresses(name, &Egress::default()).await;
            assert_eq!(found.err(), Some(FailureKind::NoSuchName), "{name}");
            for kind in [RecordType::MX, RecordType::SRV, RecordType::TXT] {
                assert_eq!(resolver.records(name, kind).await, Some(Vec::new()), "{name} {kind}");
            }
        }
        let asked = asked.lock().expect("nobody panics").clone();
        assert!(!asked.is_empty());
        for name in asked {
            assert!(["smtp.nordhavn.example.", "mailhost."].contains(&name.as_str()), "{name}");
        }
    }

    #[tokio::test]
    async fn a_name_of_the_hosts_file_is_found_without_the_dns() {
        let (server, asked) = knowing_nothing().await;
        let resolver = Resolver::new(Some(server), Duration::from_secs(10)).expect("a resolver");
        let found = resolver.addresses("localhost", &Egress::default()).await.expect("every machine knows it");
        assert!(found.fact().contains("127.0.0.1") || found.fact().contains("::1"), "{}", found.fact());
        assert_eq!(asked.lock().expect("nobody panics").len(), 0);
    }
}
