//! The same conversation behind lettre's `AsyncTransport`, for whatever sends a lettre message.

use async_trait::async_trait;
use lettre::AsyncTransport;
use lettre::address::{Address, Envelope};
use model::{FailureKind, Reply, SmtpReport};

use super::address::wire_parts;
use super::conversation::{Mail, converse};
use super::{Limits, Target, not_sent};

/// Sends every message over a connection of its own.
#[derive(Clone, Debug)]
pub struct Transport {
    pub target: Target,
    /// The name that EHLO gives for this machine.
    pub hello: String,
    pub limits: Limits,
}

/// The server accepted the message, for all recipients but those refused.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub report: SmtpReport,
    pub refused: Vec<(Address, Reply)>,
}

/// The message was not accepted, or nobody knows; the report says which.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the message was not accepted: {}", .0.failure.as_ref().map_or_else(String::new, words))]
pub struct NotDelivered(pub Box<SmtpReport>);

fn words(failure: &model::Failure) -> String {
    match (&failure.kind, &failure.reply) {
        (FailureKind::Refused, Some(reply)) => format!("{}: {reply}", failure.stage.label()),
        (kind, _) => format!("{}: {kind:?}", failure.stage.label()),
    }
}

#[async_trait]
impl AsyncTransport for Transport {
    type Ok = Delivery;
    type Error = NotDelivered;

    async fn send_raw(&self, envelope: &Envelope, email: &[u8]) -> Result<Self::Ok, Self::Error> {
        let wire = |address: &Address| wire_parts(address.user(), address.domain());
        let sender = envelope.from().map(wire).transpose();
        let recipients: Result<Vec<Address>, String> = envelope.to().iter().map(wire).collect();
        let (sender, recipients) = match (sender, recipients) {
            (Ok(sender), Ok(recipients)) => (sender, recipients),
            (Err(why), _) | (_, Err(why)) => {
                return Err(NotDelivered(Box::new(not_sent(self.target.security, why))));
            }
        };
        let mail = Mail {
            sender: sender.as_ref(),
            recipients: &recipients,
            message: email,
            gate: None,
            stop_after: None,
            live: None,
        };
        let outcome = converse(&self.target, &mail, &self.hello, &self.limits).await;
        match outcome.report.failure {
            None => Ok(Delivery { report: outcome.report, refused: outcome.refused }),
            Some(_) => Err(NotDelivered(Box::new(outcome.report))),
        }
    }
}
