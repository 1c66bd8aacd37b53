//! MAIL, RCPT and DATA: the message is handed over.

use lettre::transport::smtp::commands::{Data, Mail as MailCommand, Rcpt};
use model::{Acceptance, FailureKind, Reply, Stage};

use super::Conversation;
use crate::capabilities::Capabilities;
use crate::error::{SmtpError, grouped};
use crate::limits::within;
use crate::mail_parameters::mail_parameters;
use crate::progress::{StageFailed, at_most};
use crate::wire::Encoded;

impl Conversation<'_> {
    /// MAIL, RCPT and DATA.
    pub(super) async fn transaction(&mut self, message: &Encoded, offered: &Capabilities) -> Result<(), StageFailed> {
        self.sender(message, offered).await?;
        self.recipients().await?;
        self.message(message).await
    }

    async fn sender(&mut self, message: &Encoded, offered: &Capabilities) -> Result<(), StageFailed> {
        let Self { mail, session, progress, .. } = self;
        let work = async {
            let reply = session
                .command(MailCommand::new(Some(mail.sender.clone()), mail_parameters(mail, message, offered)?))
                .await?;
            let sender = mail.sender.to_string();
            accepted(reply).map(|_| ((), sender))
        };
        progress.run(Stage::Mail, work).await
    }

    /// Each recipient has the whole limit: a server may look each of them up elsewhere.
    async fn recipients(&mut self) -> Result<(), StageFailed> {
        let Self { mail, limits, session, progress, refused, .. } = self;
        let work = async {
            let mut recipients = Vec::new();
            for (number, recipient) in (1..).zip(mail.recipients) {
                let (all, limit) = (mail.recipients.len(), limits.rcpt);
                session.transcript.waiting(|| match all {
                    1 => at_most(limit),
                    _ => format!("Recipient {number} of {all}. {}", at_most(limit)),
                });
                let reply = within(limit, session.command(Rcpt::new(recipient.clone(), Vec::new()))).await?;
                // After 421 there is no one left to ask.
                match accepted(reply) {
                    Ok(_) => recipients.push(recipient),
                    Err(SmtpError { kind: FailureKind::Refused, reply: Some(reply) }) if reply.code != 421 => {
                        refused.push((recipient.clone(), reply));
                    }
                    Err(fault) => return Err(fault),
                }
            }
            // Of several refusals, one that passes stands for all: another attempt reaches that recipient.
            let refusal = refused.iter().find(|(_, reply)| reply.is_temporary()).or(refused.first());
            match (recipients.as_slice(), refusal) {
                ([], Some((_, reply))) => Err(SmtpError::unexpected(reply.clone())),
                ([one], None) => Ok(((), one.to_string())),
                (some, _) => Ok(((), format!("{} of {} recipients", some.len(), mail.recipients.len()))),
            }
        };
        progress.run(Stage::Rcpt, work).await
    }

    async fn message(&mut self, message: &Encoded) -> Result<(), StageFailed> {
        let Self { mail, limits, session, progress, .. } = self;
        let work = async {
            session.transcript.waiting(|| at_most(limits.data));
            let reply = within(limits.data, session.command(Data)).await?;
            if reply.code != 354 {
                return Err(SmtpError::unexpected(reply));
            }
            let gate = async {
                if let Some(gate) = mail.options.gate {
                    gate().await?;
                }
                if let Some(live) = mail.options.progress {
                    live.hand_over().await;
                }
                Ok(())
            };
            let reply = session.message(message, gate, limits).await?;
            accepted(reply).map(|reply| (reply, format!("{} bytes", grouped(message.octets))))
        };
        let outcome = progress.run(Stage::Data, work).await;
        let dot_sent = session.dot_sent;
        match outcome {
            Ok(reply) => {
                progress.acceptance = Acceptance::Yes;
                progress.final_reply = Some(reply);
                Ok(())
            }
            Err(ended) => {
                let failure = progress.failure().map(|failure| (failure.kind.clone(), failure.reply.clone()));
                if let (true, Some((kind, reply))) = (dot_sent, failure) {
                    // Only a reply that refuses says that the message was not accepted.
                    progress.acceptance =
                        if kind == FailureKind::Refused { Acceptance::No } else { Acceptance::Unknown };
                    progress.final_reply = reply;
                }
                Err(ended)
            }
        }
    }
}

fn accepted(reply: Reply) -> Result<Reply, SmtpError> {
    if reply.is_success() { Ok(reply) } else { Err(SmtpError::unexpected(reply)) }
}
