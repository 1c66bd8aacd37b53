//! A DNS server of the test's own, which answers what the test wants.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::rdata::{CNAME, MX, SRV, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use smtp::Egress;
use tokio::net::UdpSocket;

/// What is answered to one question.
#[derive(Clone, Debug)]
pub enum DnsAnswer {
    /// The name exists; there may be no such record.
    Records(Vec<RData>),
    /// The name is an alias of this one, which has these records.
    Chain(&'static str, Vec<RData>),
    /// The name is an alias of this one, which does not exist.
    Alias(&'static str),
    NoName,
    /// SERVFAIL.
    Fails,
    Refused,
    Silent,
}

/// A server, and the questions that it was asked: "A mx.example".
#[derive(Clone)]
pub struct Dns {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Dns {
    /// `answers` gets a name without its final dot.
    pub async fn start(answers: impl Fn(&str, RecordType) -> DnsAnswer + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut buffer = [0; 1_500];
            while let Ok((octets, from)) = socket.recv_from(&mut buffer).await {
                let mut message = Message::from_vec(&buffer[..octets]).expect("a question");
                message.metadata.message_type = MessageType::Response;
                let question = message.queries[0].clone();
                let name = question.name().to_ascii();
                let name = name.trim_end_matches('.');
                heard.lock().expect("nobody panics").push(format!("{} {name}", question.query_type()));
                match answers(name, question.query_type()) {
                    DnsAnswer::Records(records) => {
                        let record = |data| Record::from_rdata(question.name().clone(), 0, data);
                        message.answers.extend(records.into_iter().map(record));
                    }
                    DnsAnswer::Chain(target, records) => {
                        message.answers.push(Record::from_rdata(question.name().clone(), 0, cname(target)));
                        let record = |data| Record::from_rdata(self::name(target), 0, data);
                        message.answers.extend(records.into_iter().map(record));
                    }
                    DnsAnswer::Alias(target) => {
                        let alias = Record::from_rdata(question.name().clone(), 0, cname(target));
                        message.answers.push(alias);
                        message.metadata.response_code = ResponseCode::NXDomain;
                    }
                    DnsAnswer::Refused => message.metadata.response_code = ResponseCode::Refused,
                    DnsAnswer::NoName => message.metadata.response_code = ResponseCode::NXDomain,
                    DnsAnswer::Fails => message.metadata.response_code = ResponseCode::ServFail,
                    DnsAnswer::Silent => continue,
                }
                let bytes = message.to_vec().expect("an answer");
                socket.send_to(&bytes, from).await.expect("the answer goes out");
            }
        });
        Self { address, asked }
    }

    /// A server that knows these names, each with its addresses.
    pub async fn knowing(names: &'static [(&'static str, &'static [&'static str])]) -> Self {
        Self::start(move |name, kind| match names.iter().find(|(known, _)| *known == name) {
            None => DnsAnswer::NoName,
            Some((_, addresses)) => DnsAnswer::Records(of_kind(addresses, kind)),
        })
        .await
    }

    /// Asked by whoever connects.
    pub fn egress(&self) -> Arc<Egress> {
        Arc::new(Egress { dns: Some(self.address), ..Egress::default() })
    }

    /// How often a record of this kind was asked for.
    pub fn count(&self, kind: &str) -> usize {
        let asked = self.asked.lock().expect("nobody panics");
        asked.iter().filter(|question| question.split(' ').next() == Some(kind)).count()
    }
}

/// Those of these addresses that a question for `kind` gets.
pub fn of_kind(addresses: &[&str], kind: RecordType) -> Vec<RData> {
    let parsed = addresses.iter().map(|text| text.parse::<IpAddr>().expect("an address"));
    parsed
        .filter_map(|address| match (address, kind) {
            (IpAddr::V4(address), RecordType::A) => Some(RData::A(address.into())),
            (IpAddr::V6(address), RecordType::AAAA) => Some(RData::AAAA(address.into())),
            _ => None,
        })
        .collect()
}

pub fn cname(host: &str) -> RData {
    RData::CNAME(CNAME(name(host)))
}

pub fn mx(preference: u16, host: &str) -> RData {
    RData::MX(MX::new(preference, name(host)))
}

pub fn srv(host: &str, port: u16) -> RData {
    RData::SRV(SRV::new(0, 1, port, name(host)))
}

pub fn txt(text: &str) -> RData {
    RData::TXT(TXT::new(vec![text.to_owned()]))
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).expect("a name")
}
