//! What was found out besides a conversation, to tell why it failed.

use serde::{Deserialize, Serialize};

/// What was looked up after a failure, to tell its cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The usual ports of mail servers that answer there.
    pub open_ports: Vec<u16>,
    /// The servers that take mail for the domain, best first (MX).
    pub mail_servers: Vec<String>,
    /// The servers that take mail from the domain's programs: host, port, and whether TLS comes first (RFC 6186 and
    /// RFC 8314).
    pub submission: Vec<(String, u16, bool)>,
    /// The domain says that it takes no mail at all (RFC 7505).
    #[serde(default)]
    pub null_mx: bool,
    /// The name to which the host's own one is an alias, at the end of all of them (CNAME).
    #[serde(default)]
    pub alias: Option<String>,
    /// A port that said nothing in clear text said nothing to TLS either.
    #[serde(default)]
    pub silent_to_tls: bool,
    /// What the sender's domains publish.
    #[serde(default)]
    pub sender_records: Vec<SenderRecord>,
    /// Sentences of what may have been pasted along with the user name and the secret, where the sign-in was refused:
    /// kinds of characters, and nothing else of the secret.
    #[serde(default)]
    pub pasted: Vec<String>,
}

/// A record by which a domain says who may send for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderRecord {
    /// What the record is for.
    pub kind: SenderRecordKind,
    /// Where it was looked for, in the DNS.
    pub name: String,
    /// Bounded, and made visible; None where there is none.
    pub text: Option<String>,
}

/// The policies by which a domain says who may send for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SenderRecordKind {
    /// RFC 7208.
    Spf,
    /// RFC 7489.
    Dmarc,
}

impl SenderRecord {
    /// One sentence.
    pub fn in_words(&self) -> String {
        let Self { kind, name, text } = self;
        let kind = match kind {
            SenderRecordKind::Spf => "SPF",
            SenderRecordKind::Dmarc => "DMARC",
        };
        match text {
            Some(text) => format!("{name} publishes for {kind}: {text}"),
            None => format!("{name} publishes no {kind} record."),
        }
    }
}
