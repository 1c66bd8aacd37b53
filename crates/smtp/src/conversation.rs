//! One message is sent, stage by stage (RFC 5321, RFC 3207).

mod connecting;
mod transaction;

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::commands::{Ehlo, Quit, Starttls};
use lettre::transport::smtp::extension::Extension;
use model::{ConnectionSecurity, Failure, FailureKind, Reply, SmtpReport, Stage, Trust, waited};
use tokio::time::timeout;

use super::auth::sign_in;
use super::capabilities::Capabilities;
use super::error::SmtpError;
use super::progress::{Progress, StageFailed};
use super::resolve::Resolver;
use super::session::Session;
use super::settings::{Hello, Ready, settings};
use super::tls::TlsOptions;
use super::transcript::Transcript;
use super::verifier::Trusted;
use super::{SendOptions, StageLimits, Target, probes};

/// How long a farewell may take where the conversation has already failed.
const POLITE: Duration = Duration::from_secs(1);

/// What is sent, and to whom; addresses are as they travel.
pub struct Mail<'a> {
    pub sender: &'a Address,
    pub recipients: &'a [Address],
    pub message: &'a [u8],
    pub options: &'a SendOptions<'a>,
}

/// What came of it, with addresses as they travelled.
pub struct Delivery {
    pub report: SmtpReport,
    /// Recipients that were refused while others were accepted.
    pub refused: Vec<(Address, Reply)>,
}

/// Runs the conversation to its end; a failure stands in the report.
pub async fn converse(target: &Target, mail: &Mail<'_>) -> Delivery {
    let SendOptions { hello, limits, stop_after, progress, gate: _ } = *mail.options;
    let mut conversation = Conversation {
        target,
        mail,
        limits,
        session: Session::new(Transcript::followed_by(progress.cloned())),
        progress: Progress::new(target.security, limits, stop_after, progress.cloned()),
        refused: Vec::new(),
    };
    if target.looks_up_first() {
        conversation.progress.look_up_first();
    }
    let outcome = match progress {
        None => conversation.run(hello).await,
        Some(live) => tokio::select! {
            biased;
            outcome = conversation.run(hello) => outcome,
            () = live.cancelled() => Err(conversation.progress.cancel()),
        },
    };
    conversation.note_limit();
    if outcome.is_ok() {
        conversation.progress.farewell(conversation.session.command(Quit)).await;
    } else if conversation.leaves_in_order() {
        // Ends the session in order, and changes nothing of the result.
        let _ = timeout(POLITE.min(limits.quit), conversation.session.command(Quit)).await;
    }
    let _ = timeout(POLITE.min(limits.quit), conversation.session.close()).await;
    conversation.look_up_sender().await;
    let Conversation { session, progress, refused, .. } = conversation;
    Delivery { report: progress.into_report(session.transcript), refused }
}

struct Conversation<'a> {
    target: &'a Target,
    mail: &'a Mail<'a>,
    limits: &'a StageLimits,
    session: Session,
    progress: Progress<'a>,
    refused: Vec<(Address, Reply)>,
}

impl Conversation<'_> {
    async fn run(&mut self, hello: &str) -> Result<(), StageFailed> {
        let ready = self.progress.run(Stage::Settings, settings(self.target, self.mail, hello)).await?;
        match &self.target.proxy {
            None => self.connect_directly(&ready.host).await?,
            Some(proxy) => self.connect_through(proxy, &ready.host).await?,
        }
        let capabilities = match self.target.security {
            ConnectionSecurity::None => {
                self.greeting().await?;
                let capabilities = self.ehlo(Stage::Ehlo, &ready.hello).await?;
                self.progress.skip(Stage::Tls, "Off: Use safe connection is No");
                capabilities
            }
            ConnectionSecurity::StartTls => {
                self.greeting().await?;
                let clear = self.ehlo(Stage::Ehlo, &ready.hello).await?;
                self.tls(&ready, Some(clear)).await?;
                // What was offered in clear text may have come from anybody (RFC 3207, section 4.2).
                self.ehlo(Stage::EhloAgain, &ready.hello).await?
            }
            ConnectionSecurity::ImplicitTls => {
                self.tls(&ready, None).await?;
                self.greeting().await?;
                self.ehlo(Stage::Ehlo, &ready.hello).await?
            }
        };
        self.auth(&capabilities).await?;
        self.transaction(&ready.message, &capabilities).await
    }

    async fn greeting(&mut self) -> Result<(), StageFailed> {
        let Self { target, session, progress, .. } = self;
        let mut silent_to_tls = false;
        let work = async {
            match probes::greeting(session, target, &mut silent_to_tls).await? {
                reply if reply.code == 220 => Ok(((), first_word(&reply))),
                reply => Err(SmtpError::unexpected(reply)),
            }
        };
        let greeted = progress.run(Stage::Greeting, work).await;
        progress.observed.silent_to_tls = silent_to_tls;
        greeted
    }

    async fn ehlo(&mut self, stage: Stage, hello: &Hello) -> Result<Capabilities, StageFailed> {
        let Self { session, progress, .. } = self;
        let work = async {
            let hello = hello.client_id(session)?;
            let reply = session.command(Ehlo::new(hello.clone())).await?;
            if reply.code == 250 {
                let capabilities = Capabilities::from_reply(&reply);
                let fact = capabilities.fact();
                return Ok((capabilities, fact));
            }
            if !is_unknown_command(&reply) {
                return Err(SmtpError::unexpected(reply));
            }
            // A server from before the extensions (RFC 5321, section 3.2).
            let reply = session.command(format!("HELO {hello}")).await?;
            match reply.code {
                250 => Ok((Capabilities::default(), "Knows HELO alone: no extension".to_owned())),
                _ => Err(SmtpError::unexpected(reply)),
            }
        };
        progress.run(stage, work).await
    }

    /// With `offered`, STARTTLS comes first; nothing goes on in clear text.
    async fn tls(&mut self, ready: &Ready, offered: Option<Capabilities>) -> Result<(), StageFailed> {
        let Self { target, session, progress, .. } = self;
        let work = async {
            if let Some(offered) = offered {
                if !offered.offers(Extension::StartTls) {
                    return Err(FailureKind::StartTlsNotOffered.into());
                }
                let reply = session.command(Starttls).await?;
                if reply.code != 220 || reply.contradicts_itself() {
                    return Err(SmtpError::unexpected(reply));
                }
            }
            let trusted = match &ready.trusted {
                Some(trusted) => trusted.clone(),
                None => Trusted::load(&target.trust).await.map_err(FailureKind::Settings)?,
            };
            let Target { security, certificates: check, .. } = **target;
            let facts = session.encrypt(TlsOptions { host: &ready.host, security, check, trusted }).await?;
            let verdict = match (facts.verified, &target.trust) {
                (false, _) => "certificate errors ignored",
                (true, Trust::Certificate(_)) => "the trusted certificate",
                (true, _) => "certificate verified",
            };
            let fact = format!("{}, {verdict}", facts.version);
            Ok((facts, fact))
        };
        let outcome = progress.run(Stage::Tls, work).await;
        progress.certificate = session.certificate.get().cloned();
        progress.tls = Some(outcome?);
        Ok(())
    }

    /// AUTH, by what is offered over the connection as it is now.
    async fn auth(&mut self, offered: &Capabilities) -> Result<(), StageFailed> {
        let Self { target, session, progress, .. } = self;
        let Some(with) = &target.sign_in else {
            progress.skip(Stage::Auth, "Off: User authentication is No");
            return Ok(());
        };
        let tls = progress.tls.clone();
        let work = async {
            let mechanism = sign_in(session, with, &offered.mechanisms, tls.as_ref()).await?;
            Ok((mechanism, format!("Signed in by {}", mechanism.name())))
        };
        progress.mechanism = Some(progress.run(Stage::Auth, work).await?);
        Ok(())
    }

    /// What the sender's domain publishes, where the server refused for want of it. What goes through a proxy asks
    /// nothing beside it.
    async fn look_up_sender(&mut self) {
        let Self { target, mail, limits, progress, .. } = self;
        let asked = match progress.failure() {
            Some(Failure { kind: FailureKind::Refused, reply: Some(reply), .. }) => probes::is_about_sender(reply),
            _ => false,
        };
        // Making one reads the system's files.
        if asked
            && target.proxy.is_none()
            && let Ok(resolver) = Resolver::new(target.egress.dns, limits.dns)
        {
            progress.observed = probes::sender_records(&resolver, mail.sender, mail.message).await;
        }
    }

    /// Says in the transcript who ended the conversation, where it was Posthouse that stopped waiting.
    fn note_limit(&mut self) {
        if let Some(Failure { kind: FailureKind::TimedOut(limit), .. }) = self.progress.failure() {
            let limit = waited(Duration::from_millis(*limit));
            self.session.transcript.note(format!("(Posthouse stopped waiting after {limit})"));
        }
    }

    fn leaves_in_order(&self) -> bool {
        self.progress.failure().map_or(self.progress.stopped, |failure| {
            failure.stage != Stage::Settings
                && SmtpError { kind: failure.kind.clone(), reply: failure.reply.clone() }.leaves_in_order()
        })
    }
}

/// The server does not know the command: its parameters, and so the name of this machine, are not at fault.
fn is_unknown_command(reply: &Reply) -> bool {
    matches!(reply.code, 500 | 502) || reply.enhanced == Some((5, 5, 1))
}

fn first_word(reply: &Reply) -> String {
    let first = reply.lines.first().map(String::as_str).unwrap_or_default();
    first.split_whitespace().next().unwrap_or("No name given").to_owned()
}
