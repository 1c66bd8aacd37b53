//! One message is sent, stage by stage (RFC 5321, RFC 3207).

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Ehlo, Mail as MailCommand, Quit, Rcpt, Starttls};
use lettre::transport::smtp::extension::Extension;
use model::{Acceptance, ConnectionSecurity, Failure, FailureKind, Reply, SmtpReport, Stage, Trust};
use tokio::time::timeout;

use super::auth::sign_in;
use super::capabilities::Capabilities;
use super::dial::{Addresses, connect};
use super::error::{SmtpError, grouped};
use super::mail_parameters::mail_parameters;
use super::progress::{Progress, StageFailed};
use super::proxy::{ProxyDestination, through};
use super::resolve::Resolver;
use super::session::Session;
use super::settings::{Hello, Ready, settings};
use super::tls::TlsOptions;
use super::transcript::Transcript;
use super::verifier::Trusted;
use super::wire::Encoded;
use super::{Proxy, SendOptions, StageLimits, Target, probes};

/// How long a farewell may take where the conversation has already failed.
const POLITE: Duration = Duration::from_secs(1);

const NO_LOOKUP: &str = "An address, nothing to look up";
const PROXY_LOOKS_UP: &str = "The connector resolves names itself";

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

    /// DNS and TCP.
    async fn connect_directly(&mut self, host: &str) -> Result<(), StageFailed> {
        self.progress.skip(Stage::Connector, "Off: Use network connector is No");
        let addresses = match self.target.host.ip() {
            Some(address) => {
                self.progress.skip(Stage::Dns, NO_LOOKUP);
                Addresses::new(vec![address], &self.target.egress)
            }
            None => self.look_up(host).await?,
        };
        let Self { target, session, progress, .. } = self;
        let dial = async {
            let (stream, address) = connect(&addresses, target.port, &mut session.transcript).await?;
            session.connected(stream);
            let left = addresses.failed_family_note(address.ip());
            Ok(((), format!("{address}{left}")))
        };
        let connected = progress.run(Stage::Tcp, dial).await;
        if ended_by(progress, is_closed_port) {
            progress.observed = probes::open_ports(&addresses, target.port).await;
        }
        connected
    }

    /// DNS.
    async fn look_up(&mut self, host: &str) -> Result<Addresses, StageFailed> {
        let Self { target, limits, progress, .. } = self;
        let lookup = async {
            let addresses = Resolver::new(target.egress.dns, limits.dns)?.addresses(host, &target.egress).await?;
            let fact = addresses.fact();
            Ok((addresses, fact))
        };
        let found = progress.run(Stage::Dns, lookup).await;
        match &found {
            Ok(addresses) => progress.observed.alias = addresses.alias.clone(),
            Err(_) => {
                if let Some(Failure { kind: kind @ (FailureKind::NoSuchName | FailureKind::NoAddress), .. }) =
                    progress.failure()
                    && let Ok(resolver) = Resolver::new(target.egress.dns, limits.dns)
                {
                    progress.observed = probes::unresolved(&resolver, host, kind).await;
                }
            }
        }
        found
    }

    /// The network connector, in place of TCP; and of DNS, where it resolves names itself.
    async fn connect_through(&mut self, proxy: &Proxy, host: &str) -> Result<(), StageFailed> {
        let (destination, no_lookup) = match self.target.host.ip() {
            Some(address) => {
                (ProxyDestination::Addresses(Addresses::new(vec![address], &self.target.egress)), Some(NO_LOOKUP))
            }
            None if proxy.resolves_names => (ProxyDestination::Name(host.to_owned()), Some(PROXY_LOOKS_UP)),
            None => (ProxyDestination::Addresses(self.look_up(host).await?), None),
        };
        let Self { target, limits, session, progress, .. } = self;
        let work = async {
            let policy = (&*target.egress, limits.connector);
            let (stream, _) = through(proxy, (&destination, target.port), policy, &mut session.transcript).await?;
            session.connected(stream);
            Ok(((), format!("{} {}, connected", proxy.kind.label(), proxy.host.with_port(proxy.port))))
        };
        progress.run(Stage::Connector, work).await?;
        if let Some(why) = no_lookup {
            progress.skip(Stage::Dns, why);
        }
        progress.skip(Stage::Tcp, "The proxy connects");
        Ok(())
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
            let reply = session.command(Ehlo::new(hello)).await?;
            if reply.code != 250 {
                return Err(SmtpError::unexpected(reply));
            }
            let capabilities = Capabilities::from_reply(&reply);
            let fact = capabilities.fact();
            Ok((capabilities, fact))
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
                if reply.code != 220 {
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

    /// MAIL, RCPT and DATA.
    async fn transaction(&mut self, message: &Encoded, offered: &Capabilities) -> Result<(), StageFailed> {
        let Self { mail, session, progress, refused, .. } = self;
        let work = async {
            let reply = session
                .command(MailCommand::new(Some(mail.sender.clone()), mail_parameters(mail, message, offered)?))
                .await?;
            let sender = mail.sender.to_string();
            accepted(reply).map(|_| ((), sender))
        };
        progress.run(Stage::Mail, work).await?;

        let work = async {
            let mut recipients = Vec::new();
            for recipient in mail.recipients {
                let reply = session.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
                // After 421 there is no one left to ask.
                match accepted(reply) {
                    Ok(_) => recipients.push(recipient),
                    Err(SmtpError { kind: FailureKind::Refused, reply: Some(reply) }) if reply.code != 421 => {
                        refused.push((recipient.clone(), reply));
                    }
                    Err(fault) => return Err(fault),
                }
            }
            match (recipients.as_slice(), refused.first()) {
                ([], Some((_, reply))) => Err(SmtpError::unexpected(reply.clone())),
                ([one], None) => Ok(((), one.to_string())),
                (some, _) => Ok(((), format!("{} of {} recipients", some.len(), mail.recipients.len()))),
            }
        };
        progress.run(Stage::Rcpt, work).await?;

        let work = async {
            let reply = session.command(Data).await?;
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
            let reply = session.message(message, gate).await?;
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

    fn leaves_in_order(&self) -> bool {
        self.progress.failure().map_or(self.progress.stopped, |failure| {
            failure.stage != Stage::Settings
                && SmtpError { kind: failure.kind.clone(), reply: failure.reply.clone() }.leaves_in_order()
        })
    }
}

fn ended_by(progress: &Progress<'_>, kind: fn(&FailureKind) -> bool) -> bool {
    progress.failure().is_some_and(|failure| kind(&failure.kind))
}

fn is_closed_port(kind: &FailureKind) -> bool {
    matches!(kind, FailureKind::ConnectionRefused | FailureKind::TimedOut(_))
}

fn accepted(reply: Reply) -> Result<Reply, SmtpError> {
    match reply.code {
        200..=299 => Ok(reply),
        _ => Err(SmtpError::unexpected(reply)),
    }
}

fn first_word(reply: &Reply) -> String {
    let first = reply.lines.first().map(String::as_str).unwrap_or_default();
    first.split_whitespace().next().unwrap_or("No name given").to_owned()
}
