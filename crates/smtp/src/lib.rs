//! The conversation with a mail server: one dial function, a bounded reader, typed stages with a time limit each, and
//! the transcript as data. All sending goes through here.

#![deny(missing_docs)]

mod address;
mod auth;
mod capabilities;
mod certificate;
mod conversation;
mod dial;
mod error;
mod limits;
mod mail_parameters;
mod policy;
mod probes;
mod progress;
mod progress_feed;
mod proxy;
mod queue_id;
mod reader;
mod redaction;
mod resolve;
mod session;
mod settings;
mod stream;
mod target;
mod tls;
mod transcript;
mod verifier;
mod wire;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use model::{ConnectionSecurity, EmailAddress, FailureKind, Reply, SmtpReport, Stage, StopAfter};

pub use address::to_wire;
pub use certificate::check_ca;
pub use limits::StageLimits;
pub use progress_feed::{ProgressFeed, ProgressReader};
pub use proxy::{ProxyReport, check_proxy};
pub use target::{Egress, Proxy, ProxySignIn, ServerSignIn, Target};

use conversation::{Mail, converse};
use error::SmtpError;
use progress::Progress;
use reader::ReplyReader;
use transcript::Transcript;

/// One message, ready to be sent to its recipients over one connection, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The envelope sender, for MAIL FROM.
    pub envelope_from: EmailAddress,
    /// The envelope recipients, for RCPT TO; none is an error of the settings.
    pub recipients: Vec<EmailAddress>,
    /// RFC 5322, with CRLF at the end of each line.
    pub message: Vec<u8>,
}

/// Asked at the last instant in which a message can still be held back; an error says why it is.
pub type Gate = dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync;

/// How a message is sent.
#[derive(Clone, Copy)]
pub struct SendOptions<'a> {
    /// The name that EHLO gives for this machine.
    pub hello: &'a str,
    /// How long each wait may take.
    pub limits: &'a StageLimits,
    /// The stage after which it ends on purpose: nothing is sent.
    pub stop_after: Option<StopAfter>,
    /// What others follow it by, and cancel it.
    pub progress: Option<&'a Arc<ProgressFeed>>,
    /// Asked before the message ends; where it refuses, nothing was sent.
    pub gate: Option<&'a Gate>,
}

impl<'a> SendOptions<'a> {
    /// To its end, followed by nobody.
    pub const fn new(hello: &'a str, limits: &'a StageLimits) -> Self {
        Self { hello, limits, stop_after: None, progress: None, gate: None }
    }
}

/// What came of a message.
#[derive(Debug)]
pub struct Sent {
    /// How far the conversation came, stage by stage.
    pub report: SmtpReport,
    /// Recipients that were refused while others were accepted, each with the server's reply.
    pub refused: Vec<(String, Reply)>,
}

/// Sends a message. Never an error: the report says how far it came, and why not further.
pub async fn send(target: &Target, message: &OutgoingMessage, options: &SendOptions<'_>) -> Sent {
    let recipients: Result<Vec<_>, String> = message.recipients.iter().map(to_wire).collect();
    match to_wire(&message.envelope_from).and_then(|from| Ok((from, recipients?))) {
        Ok((from, recipients)) => {
            let mail = Mail { sender: &from, recipients: &recipients, message: &message.message, options };
            let outcome = converse(target, &mail).await;
            let refused = outcome.refused.into_iter().map(|(address, reply)| (address.to_string(), reply));
            Sent { report: outcome.report, refused: refused.collect() }
        }
        Err(why) => Sent { report: not_sent(target.security, why), refused: Vec::new() },
    }
}

/// The replies that a server's bytes are read as, up to the first that is none, and why it is none.
pub async fn read_replies(bytes: &[u8]) -> (Vec<Reply>, FailureKind) {
    let (mut bytes, mut reader, mut transcript) = (bytes, ReplyReader::default(), Transcript::new());
    let mut replies = Vec::new();
    loop {
        match reader.reply(&mut bytes, &mut transcript).await {
            Ok(reply) => replies.push(reply),
            Err(fault) => return (replies, fault.kind),
        }
    }
}

/// The report of a message that could not be made from the settings: it ends in the first stage.
pub fn not_sent(security: ConnectionSecurity, why: String) -> SmtpReport {
    let limits = StageLimits::default();
    let mut progress = Progress::new(security, &limits, None, None);
    progress.fail(Stage::Settings, 0, SmtpError::from(FailureKind::Settings(why)));
    progress.into_report(Transcript::new())
}
