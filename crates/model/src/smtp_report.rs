//! What one conversation with a mail server gave: its stages, its transcript, and why it ended where it did.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Fingerprint, Mechanism, Observed, ShownCertificate, Stage, StageReport, StageState, StopAfter, TestEnd,
    TranscriptLine,
};

/// Was the message taken?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum Acceptance {
    /// The server took it: it answered 250 after the last dot.
    #[cfg_attr(feature = "db", sea_orm(string_value = "yes"))]
    Yes,
    /// It did not.
    #[cfg_attr(feature = "db", sea_orm(string_value = "no"))]
    No,
    /// The connection ended after the last dot and before the reply (RFC 5321, section 4.5.3.2.6).
    #[cfg_attr(feature = "db", sea_orm(string_value = "unknown"))]
    Unknown,
}

/// What a server answered. Lines are bounded, and control characters in them are made visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Three digits (RFC 5321, section 4.2).
    pub code: u16,
    /// Class, subject and detail (RFC 3463), where the server gives them.
    pub enhanced: Option<(u8, u16, u16)>,
    /// The text of each line, without code and enhanced code.
    pub lines: Vec<String>,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some((class, subject, detail)) = self.enhanced {
            write!(f, " {class}.{subject}.{detail}")?;
        }
        match self.lines.join(" ") {
            text if text.is_empty() => Ok(()),
            text => write!(f, " {text}"),
        }
    }
}

/// What an encrypted connection was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// "TLS 1.3".
    pub version: String,
    /// "TLS13_AES_256_GCM_SHA384".
    pub cipher: String,
    /// Whether the certificate verified; false only where errors are ignored.
    pub verified: bool,
    /// SHA-256 of the server's certificate, in hexadecimal.
    pub fingerprint: String,
}

/// Why a way ended early: what was observed, told apart by type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The message could not be made from the settings; says why.
    Settings(String),
    /// DNS: no such name.
    NoSuchName,
    /// DNS: the name has no address.
    NoAddress,
    /// DNS: no server answered; which were asked.
    ResolverSilent(String),
    /// DNS: SERVFAIL (RFC 1035, section 4.1.1); which servers were asked.
    ResolverServFail(String),
    /// DNS: REFUSED (RFC 1035, section 4.1.1); which servers were asked.
    ResolverRefused(String),
    /// DNS: any other error, in the resolver's words.
    ResolverFailed(String),
    /// TCP: nothing listens there.
    ConnectionRefused,
    /// TCP: no way there; the system's words.
    Unreachable(String),
    /// No answer within the stage's limit, in milliseconds.
    TimedOut(u64),
    /// The server ended the connection.
    Closed,
    /// The connection broke; the system's words.
    Broken(String),
    /// What came is not SMTP: its first bytes, made visible.
    NotSmtp(String),
    /// A line longer than the bound, in octets.
    LineTooLong(u64),
    /// More lines in one reply than the bound.
    ReplyTooLong(u64),
    /// The server refused: its reply stands in the failure.
    Refused,
    /// STARTTLS is wanted and was not offered.
    StartTlsNotOffered,
    /// Bytes came behind the reply to STARTTLS, in clear text: an injection (CVE-2011-0411).
    BytesAfterStartTls,
    /// Nothing came in clear text, and the same port answered to TLS.
    TlsFromFirstByte,
    /// The server ended the handshake.
    Handshake {
        /// What the alert says.
        fault: HandshakeFault,
        /// rustls' words, which name the alert.
        words: String,
    },
    /// The handshake failed for what the server sent; rustls' words.
    TlsFailed(String),
    /// The server ends connections without a certificate of the client's (RFC 8446, section 4.3.2); rustls' words.
    ClientCertificateWanted(String),
    /// Implicit TLS was spoken to a port that answers in clear text.
    TlsNotSpoken,
    /// The certificate's end has passed.
    CertificateExpired,
    /// The certificate's beginning has not come.
    CertificateNotYetValid,
    /// It is for other names: those that it holds.
    CertificateWrongName(Vec<String>),
    /// Self-signed, or issued by nobody who is trusted here.
    CertificateUnknownIssuer,
    /// X.509 version 1 or 2, which has no names of hosts (RFC 5280, section 4.1.2.1).
    CertificateVersion,
    /// A CA's own certificate, used as that of a server.
    CertificateOfCa,
    /// Any other fault; rustls' words.
    CertificateBad(String),
    /// The account trusts one certificate, and the server shows another.
    CertificateChanged {
        /// The one that the account trusts.
        trusted: Fingerprint,
        /// The one that the server showed.
        shown: Fingerprint,
    },
    /// The server does not offer the mechanism that is wanted, or none that is known: those that it offers.
    MechanismNotOffered {
        /// The one that the account asks for; None where the strongest is asked for.
        wanted: Option<Mechanism>,
        /// The names in the server's reply to EHLO.
        offered: Vec<String>,
    },
    /// Only PLAIN and LOGIN are left, the connection is in clear text, and the credential does not allow that.
    ClearTextSignIn,
    /// The server did not prove that it knows the password (RFC 5802, section 3): it may be another one.
    ServerNotProven,
    /// What the server asked during the sign-in makes no sense; says what.
    ChallengeBad(String),
    /// The proxy answered, and did not let the connection through.
    ProxyRefused {
        /// The reply's number.
        answer: ProxyAnswer,
        /// The proxy's own words, made visible.
        words: String,
    },
    /// The proxy wants a sign-in, and the connector has none, or none that the proxy takes.
    ProxySignInWanted(String),
    /// The proxy refused the sign-in; its own words.
    ProxySignInRefused(String),
    /// What answered is none: "a SOCKS5 proxy". Reports of earlier versions hold what it said instead.
    NotAProxy(String),
    /// An address needs SMTPUTF8 (RFC 6531), which was not offered.
    SmtpUtf8NotOffered,
    /// The message's octets, and the most that the server takes (RFC 1870).
    TooLarge {
        /// The message's size, in octets.
        message: u64,
        /// What the server announced, in octets.
        limit: u64,
    },
    /// Somebody broke the test off, before the message was handed over.
    Cancelled,
    /// A command sent although the server had said nothing that allows it, or another unexpected reply.
    UnexpectedReply,
}

/// Why a server ended a TLS handshake, as far as its alert says (RFC 8446, section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandshakeFault {
    /// `protocol_version`: no version of TLS in common.
    Version,
    /// `handshake_failure`: no cipher suite, no group or no signature algorithm in common.
    Parameters,
    /// `insufficient_security`: the server wants stronger ones.
    Weak,
    /// `unrecognized_name`: it serves no host of the name that was asked for (RFC 6066, section 3).
    ServerName,
    /// `internal_error`: the server failed by itself.
    Internal,
    /// `access_denied`: the server does not admit this client.
    AccessDenied,
    /// Any other alert.
    OtherAlert,
    /// It ended the connection without an alert.
    Closed,
}

/// What a proxy answered to the request to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProxyAnswer {
    /// The reply field, 1 to 8 as far as it is known (RFC 1928, section 6).
    Socks(u8),
    /// The status.
    Http(u16),
}

/// Where and why a way ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Where it ended.
    pub stage: Stage,
    /// What was observed.
    pub kind: FailureKind,
    /// The server's own words, where it had any.
    pub reply: Option<Reply>,
}

/// All that one conversation gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmtpReport {
    /// One for each of [`Stage::way`].
    pub stages: Vec<StageReport>,
    /// In the order of time.
    pub transcript: Vec<TranscriptLine>,
    /// Whether the server has the message.
    pub taken: Acceptance,
    /// Why it ended early; None where it did not.
    pub failure: Option<Failure>,
    /// The reply after the last dot.
    pub final_reply: Option<Reply>,
    /// The server's name for the message, found in its reply.
    pub queue_id: Option<String>,
    /// None for a conversation in clear text.
    pub tls: Option<TlsFacts>,
    /// What the server showed, also where it was refused.
    #[serde(default)]
    pub certificate: Option<ShownCertificate>,
    /// How it signed in.
    #[serde(default)]
    pub mechanism: Option<Mechanism>,
    /// Microseconds from start to end.
    pub took: u64,
    /// It ended on purpose, with everything as it should be.
    #[serde(default)]
    pub stopped_after: Option<StopAfter>,
    /// Found afterwards, where it failed.
    #[serde(default)]
    pub observed: Observed,
}

impl SmtpReport {
    /// Somebody broke it off: it says nothing about the account.
    pub fn was_cancelled(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Cancelled)
    }

    /// How it ended, in one word.
    pub fn ended(&self) -> TestEnd {
        match (self.taken, &self.failure) {
            (Acceptance::Yes, _) => TestEnd::Accepted,
            (Acceptance::Unknown, _) => TestEnd::Unknown,
            (Acceptance::No, None) => TestEnd::Checked,
            (Acceptance::No, Some(_)) if self.was_cancelled() => TestEnd::Cancelled,
            (Acceptance::No, Some(_)) => TestEnd::Failed,
        }
    }

    /// The port was closed, so that the other usual ports were tried.
    pub fn tried_other_ports(&self) -> bool {
        self.failure.as_ref().is_some_and(|failure| {
            failure.stage == Stage::Tcp
                && matches!(failure.kind, FailureKind::ConnectionRefused | FailureKind::TimedOut(_))
        })
    }

    /// How many stages were passed, for the route of the report.
    pub fn passed(&self) -> u8 {
        let done = self.stages.iter().filter(|report| report.state == StageState::Done).count();
        u8::try_from(done).unwrap_or(u8::MAX)
    }
}

/// "28 ms", "0.4 ms": of microseconds.
pub fn milliseconds(took: u64) -> String {
    match took {
        0..100 => "<0.1 ms".to_owned(),
        100..1_000 => format!("0.{} ms", took / 100),
        _ => format!("{} ms", (took + 500) / 1_000),
    }
}
