//! What is looked up after a failure, so that its cause can be told: by the same dial function, and as briefly as a
//! person who waits can bear.

use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::{RData, RecordType};
use model::Observed;
use tokio::time::timeout;

use super::dial::{Addresses, connect};
use super::transcript::Transcript;
use super::visible::visible;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(2);
/// The usual ports of mail servers, the best first.
const PORTS: [u16; 4] = [587, 465, 2525, 25];
/// The most names that are told.
const NAMES: usize = 3;

/// The usual ports that answer, besides the one that did not.
pub async fn open_ports(addresses: &Addresses, but: u16) -> Observed {
    let tries = PORTS.into_iter().filter(|&port| port != but).map(|port| async move {
        let mut unheard = Transcript::new();
        let answered = timeout(LIMIT, connect(addresses, port, &mut unheard)).await;
        answered.is_ok_and(|connected| connected.is_ok()).then_some(port)
    });
    let open_ports = join_all(tries).await.into_iter().flatten().collect();
    Observed { open_ports, ..Observed::default() }
}

/// The mail servers of a domain that has no address itself: where its mail goes (MX), and where its programs send
/// (RFC 6186, RFC 8314, section 5.1).
pub async fn mail_servers(resolver: &TokioResolver, domain: &str) -> Observed {
    let ask = async {
        tokio::join!(
            records(resolver, domain.to_owned(), RecordType::MX),
            records(resolver, format!("_submissions._tcp.{domain}"), RecordType::SRV),
            records(resolver, format!("_submission._tcp.{domain}"), RecordType::SRV),
        )
    };
    let Ok((mx, implicit, explicit)) = timeout(LIMIT, ask).await else { return Observed::default() };
    let mut mail: Vec<_> = mx
        .into_iter()
        .filter_map(|data| match data {
            RData::MX(mx) => Some((mx.preference, plain(&mx.exchange.to_string())?)),
            _ => None,
        })
        .collect();
    mail.sort();
    let submission = [(implicit, true), (explicit, false)].into_iter().flat_map(|(found, tls)| {
        found.into_iter().filter_map(move |data| match data {
            RData::SRV(srv) => Some((plain(&srv.target.to_string())?, srv.port, tls)),
            _ => None,
        })
    });
    Observed {
        submission: submission.take(NAMES).collect(),
        mail_servers: mail.into_iter().map(|(_, host)| host).take(NAMES).collect(),
        ..Observed::default()
    }
}

async fn records(resolver: &TokioResolver, name: String, kind: RecordType) -> Vec<RData> {
    match resolver.lookup(name, kind).await {
        Ok(found) => found.answers().iter().map(|record| record.data.clone()).collect(),
        // That there is none is as good as no answer here.
        Err(_) => Vec::new(),
    }
}

/// A name without its final dot; None for the root, which says that there is no such server (RFC 7505).
fn plain(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.');
    (!name.is_empty()).then(|| visible(name.as_bytes()))
}
