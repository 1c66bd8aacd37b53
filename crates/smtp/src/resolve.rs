//! Looking names up: by the DNS server of the settings, else by those of the machine. Every name is absolute, so that a
//! search domain of the machine (`/etc/resolv.conf`) never makes another name of it, whose server would get the mail.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use model::FailureKind;
use model::escape_controls::escape_controls;
use tokio::time::timeout;

use super::Egress;
use super::dial::Addresses;

/// How many aliases are followed.
const ALIASES: usize = 8;

/// Asks. Without a cache: whoever tests again after a change wants to see the change. `/etc/hosts` comes first.
pub struct Resolver {
    resolver: TokioResolver,
    /// Whom it asks, for messages.
    servers: String,
    limit: Duration,
}

impl Resolver {
    /// The resolver of one DNS server, else the system's (`/etc/resolv.conf`). `limit` is that of the stage.
    pub fn new(dns: Option<SocketAddr>, limit: Duration) -> Result<Self, FailureKind> {
        let failed = |error: NetError| FailureKind::ResolverFailed(error.to_string());
        let (config, options) = match dns {
            Some(server) => (only(server), ResolverOpts::default()),
            None => read_system_conf().map_err(failed)?,
        };
        let asked = |server: &NameServerConfig| match dns {
            Some(server) => server.to_string(),
            None => server.ip.to_string(),
        };
        let servers = config.name_servers().iter().map(asked).collect::<Vec<_>>().join(", ");
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let options = builder.options_mut();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Always;
        // Two attempts fit into the stage.
        options.timeout = options.timeout.min(limit / 3);
        let resolver = builder.build().map_err(failed)?;
        // A little less than the stage has, whose end says nothing of the DNS.
        Ok(Self { resolver, servers, limit: limit - limit / 20 })
    }

    /// Looks the addresses of a name up, once, and holds each against the policy.
    pub async fn addresses(&self, name: &str, egress: &Egress) -> Result<Addresses, FailureKind> {
        let answer = timeout(self.limit, self.resolver.lookup_ip(absolute(name)?)).await;
        let answer = answer.unwrap_or(Err(NetError::Timeout)).map_err(|error| self.fault(&error))?;
        let mut found = Vec::new();
        for address in answer.iter() {
            if !found.contains(&address) {
                found.push(address);
            }
        }
        if found.is_empty() {
            return Err(FailureKind::NoAddress);
        }
        let mut addresses = Addresses::new(found, egress);
        addresses.alias = answer.as_lookup().answers().iter().rev().find_map(alias_in);
        Ok(addresses)
    }

    /// Why the DNS gave no address.
    fn fault(&self, error: &NetError) -> FailureKind {
        let servers = || self.servers.clone();
        let code = match error {
            NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
            NetError::Dns(DnsError::ResponseCode(code)) => *code,
            NetError::Timeout | NetError::NoConnections | NetError::Io(_) => {
                return FailureKind::ResolverSilent(servers());
            }
            other => return FailureKind::ResolverFailed(other.to_string()),
        };
        match code {
            ResponseCode::NXDomain => FailureKind::NoSuchName,
            ResponseCode::NoError => FailureKind::NoAddress,
            ResponseCode::ServFail => FailureKind::ResolverServFail(servers()),
            ResponseCode::Refused => FailureKind::ResolverRefused(servers()),
            code => FailureKind::ResolverFailed(code.to_string()),
        }
    }

    /// The name to which a name is an alias, at the end of all of them; None where it is none.
    pub async fn alias(&self, name: &str) -> Option<String> {
        let mut target = None;
        for _ in 0..ALIASES {
            let records = self.answers(target.as_deref().unwrap_or(name), RecordType::CNAME).await?;
            match records.iter().find_map(alias_in) {
                Some(next) => target = Some(next),
                None => break,
            }
        }
        target
    }

    /// The records of a name; none where the DNS says that there are none, None where it gave no answer.
    pub async fn records(&self, name: &str, kind: RecordType) -> Option<Vec<RData>> {
        self.answers(name, kind).await.map(|records| records.into_iter().map(|record| record.data).collect())
    }

    async fn answers(&self, name: &str, kind: RecordType) -> Option<Vec<Record>> {
        match self.resolver.lookup(absolute(name).ok()?, kind).await {
            Ok(found) => Some(found.answers().to_vec()),
            Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Some(Vec::new()),
            Err(_) => None,
        }
    }
}

/// Where an alias leads, without the final dot and made visible.
fn alias_in(record: &Record) -> Option<String> {
    match &record.data {
        RData::CNAME(target) => Some(escape_controls(target.to_ascii().trim_end_matches('.').as_bytes())),
        _ => None,
    }
}

/// With the final dot that says that the name is whole (RFC 1034, section 3.1). The name is in ASCII already: nothing
/// is mapped once more, and underscores stay.
fn absolute(name: &str) -> Result<Name, FailureKind> {
    let whole = format!("{}.", name.strip_suffix('.').unwrap_or(name));
    Name::from_ascii(&whole).map_err(|error| FailureKind::Settings(format!("“{name}” cannot be looked up: {error}.")))
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
        let limit = Duration::from_secs(10);
        let resolver = Resolver { resolver: builder.build().expect("a resolver"), servers: String::new(), limit };
        for name in ["smtp.nordhavn.example", "mailhost", "smtp.nordhavn.example.", "mail_host"] {
            let found = resolver.addresses(name, &Egress::default()).await;
            assert_eq!(found.err(), Some(FailureKind::NoSuchName), "{name}");
            for kind in [RecordType::MX, RecordType::SRV, RecordType::TXT] {
                assert_eq!(resolver.records(name, kind).await, Some(Vec::new()), "{name} {kind}");
            }
        }
        let asked = asked.lock().expect("nobody panics").clone();
        assert!(!asked.is_empty());
        for name in asked {
            assert!(["smtp.nordhavn.example.", "mailhost.", "mail_host."].contains(&name.as_str()), "{name}");
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
