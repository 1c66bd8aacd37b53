//! What is looked up after a failure, or in a silence, so that its cause can be found: by the same dial function, and
//! as briefly as a person who waits can bear.

use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::proto::rr::{RData, RecordType};
use lettre::Address;
use model::escape_controls::escape_controls;
use model::reply::could_be_reply;
use model::{FailureKind, Observed, Reply, SenderRecord, SenderRecordKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::Target;
use super::address::ascii_name;
use super::dial::{Addresses, connect};
use super::error::SmtpError;
use super::reader::sample;
use super::resolve::Resolver;
use super::session::Session;
use super::tls::client_hello;
use super::transcript::Transcript;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(2);
/// How long a port says nothing before it is asked whether it waits for TLS.
const SILENCE: Duration = Duration::from_secs(3);
/// The usual ports of mail servers, the best first.
const PORTS: [u16; 4] = [587, 465, 2525, 25];
/// The most names that are reported.
const NAMES: usize = 3;

/// The usual ports that answer, besides the one that did not: at the same addresses, which have passed the policy. It
/// is part of its test, and counts towards what a person may begin (`SmtpReport::tried_other_ports`).
pub async fn open_ports(addresses: &Addresses, but: u16) -> Observed {
    let attempts = PORTS.into_iter().filter(|&port| port != but).map(|port| async move {
        let mut unheard = Transcript::new();
        let answered = timeout(LIMIT, connect(addresses, port, &mut unheard)).await;
        answered.is_ok_and(|connected| connected.is_ok()).then_some(port)
    });
    let open_ports = join_all(attempts).await.into_iter().flatten().collect();
    Observed { open_ports, ..Observed::default() }
}

/// The greeting, which the server says first. A port that has said nothing for some seconds is asked by TLS as well, on
/// a connection of its own: one that answers to that waits for TLS on this one, too, and never greets. Otherwise the
/// greeting is waited for as before.
pub async fn greeting(session: &mut Session, target: &Target, silent_to_tls: &mut bool) -> Result<Reply, SmtpError> {
    // What goes through a proxy opens nothing beside it.
    if target.proxy.is_none() && timeout(SILENCE, session.readable()).await.is_err() {
        let answer = tokio::select! {
            () = session.readable() => AnswerToTls::Unknown,
            answer = ask_by_tls(session, target) => answer,
        };
        match answer {
            AnswerToTls::Tls => return Err(FailureKind::TlsFromFirstByte.into()),
            AnswerToTls::Text(said) => {
                session.transcript.note(format!("(to TLS, on another connection) {said}"));
                return Err(FailureKind::NotSmtp(said).into());
            }
            AnswerToTls::Silence => *silent_to_tls = true,
            AnswerToTls::Unknown => {}
        }
    }
    session.reply().await
}

/// What a port answers to the first octets of a TLS client.
enum AnswerToTls {
    Tls,
    /// Something that is neither TLS nor SMTP: its first line, made visible.
    Text(String),
    Silence,
    Unknown,
}

async fn ask_by_tls(session: &Session, target: &Target) -> AnswerToTls {
    let host = ascii_name(target.host.as_str()).unwrap_or_else(|_| target.host.to_string());
    let (Some(peer), Some(hello)) = (session.peer(), client_hello(&host)) else { return AnswerToTls::Unknown };
    let ask = async {
        let addresses = Addresses::new(vec![peer.ip()], &target.egress);
        let (mut stream, _) = connect(&addresses, peer.port(), &mut Transcript::new()).await.ok()?;
        stream.write_all(&hello).await.ok()?;
        let mut answer = [0; 80];
        let octets = stream.read(&mut answer).await.ok()?;
        Some(answer[..octets].to_vec())
    };
    match timeout(LIMIT, ask).await {
        Err(_) => AnswerToTls::Silence,
        Ok(Some(answer)) => match answer.as_slice() {
            // A record of TLS: a handshake or an alert (RFC 8446, section 5.1).
            [0x15 | 0x16, 3, ..] => AnswerToTls::Tls,
            // A server that speaks clear text, and is slow or does not like it.
            answer if could_be_reply(answer) => AnswerToTls::Unknown,
            answer => AnswerToTls::Text(sample(answer)),
        },
        Ok(None) => AnswerToTls::Unknown,
    }
}

/// Why a name has no address: the alias that it is, and what the domain says of its mail.
pub async fn unresolved(resolver: &Resolver, host: &str, kind: &FailureKind) -> Observed {
    let alias = async { timeout(LIMIT, resolver.alias(host)).await.ok().flatten() };
    match kind {
        FailureKind::NoSuchName => Observed { alias: alias.await, ..Observed::default() },
        FailureKind::NoAddress => {
            let (alias, observed) = tokio::join!(alias, mail_servers(resolver, host));
            Observed { alias, ..observed }
        }
        _ => Observed::default(),
    }
}

/// The mail servers of a domain that has no address itself: where its mail goes (MX), and where its programs send
/// (RFC 6186, RFC 8314, section 5.1).
async fn mail_servers(resolver: &Resolver, domain: &str) -> Observed {
    let (implicit, explicit) = (format!("_submissions._tcp.{domain}"), format!("_submission._tcp.{domain}"));
    let ask = async {
        tokio::join!(
            records(resolver, domain, RecordType::MX),
            records(resolver, &implicit, RecordType::SRV),
            records(resolver, &explicit, RecordType::SRV),
        )
    };
    let Ok((mx, implicit, explicit)) = timeout(LIMIT, ask).await else { return Observed::default() };
    let null_mx = mx.iter().any(|data| matches!(data, RData::MX(mx) if mx.exchange.is_root()));
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
        null_mx,
        mail_servers: mail.into_iter().map(|(_, host)| host).take(NAMES).collect(),
        ..Observed::default()
    }
}

/// A refusal for what proves, or does not prove, that the sender's domain stands behind the message (RFC 7372).
pub fn is_about_sender(reply: &Reply) -> bool {
    let by_code = matches!(reply.enhanced, Some((4 | 5, 7, 20..=26)));
    by_code || {
        let words = reply.lines.join(" ").to_lowercase();
        ["spf", "dkim", "dmarc", "unauthenticated", "not authenticated"].iter().any(|word| words.contains(word))
    }
}

/// What the sender's domains publish about who may send for them: the envelope's (SPF: RFC 7208, section 4.4), and
/// that of the message's `From` (DMARC: RFC 7489, section 6.6.3).
pub async fn sender_records(resolver: &Resolver, envelope: &Address, message: &[u8]) -> Observed {
    let domain = |address: &str| address.rsplit_once('@').and_then(|(_, domain)| ascii_name(domain).ok());
    let spf = domain(envelope.as_ref());
    let dmarc = header_from(message).and_then(|address| domain(&address)).map(|domain| format!("_dmarc.{domain}"));
    let ask = async {
        tokio::join!(
            published(resolver, spf, SenderRecordKind::Spf, "v=spf1"),
            published(resolver, dmarc, SenderRecordKind::Dmarc, "v=DMARC1"),
        )
    };
    let Ok((spf, dmarc)) = timeout(LIMIT, ask).await else { return Observed::default() };
    Observed { sender_records: spf.into_iter().chain(dmarc).collect(), ..Observed::default() }
}

/// The address in the header `From`, as Posthouse writes it.
fn header_from(message: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(message);
    let headers = text.split_once("\r\n\r\n").map_or(&*text, |(headers, _)| headers);
    let from = headers.lines().find_map(|line| line.strip_prefix("From:"))?;
    Some(from.trim().trim_start_matches('<').trim_end_matches('>').to_owned())
}

/// None where the DNS gave no answer; that there is no such record is an answer.
async fn published(
    resolver: &Resolver,
    name: Option<String>,
    kind: SenderRecordKind,
    begins: &str,
) -> Option<SenderRecord> {
    let name = name?;
    let found = resolver.records(&name, RecordType::TXT).await?;
    let text = found.into_iter().find_map(|data| match data {
        RData::TXT(txt) => {
            let text = txt.txt_data.concat();
            text.to_ascii_lowercase().starts_with(begins.to_lowercase().as_bytes()).then(|| escape_controls(&text))
        }
        _ => None,
    });
    Some(SenderRecord { kind, name, text })
}

async fn records(resolver: &Resolver, name: &str, kind: RecordType) -> Vec<RData> {
    // That there is none is as good as no answer here.
    resolver.records(name, kind).await.unwrap_or_default()
}

/// A name without its final dot; None for the root, which says that there is no such server (RFC 7505).
fn plain(name: &str) -> Option<String> {
    let name = name.trim_end_matches('.');
    (!name.is_empty()).then(|| escape_controls(name.as_bytes()))
}
