//! How long Posthouse waits for a mail server.

use std::time::Duration;

use model::Stage;
use tokio::time::timeout;

use super::error::SmtpError;

/// What is done here before a connection: reading the platform's certificates from a slow disk is the longest of it.
const SETTINGS: Duration = Duration::from_secs(10);

/// The longest that each wait may take, as a whole: a server that sends a byte now and then gains nothing.
#[derive(Clone, Debug)]
pub struct StageLimits {
    /// The proxy's address, the connection to it, and the connection through it, together.
    pub connector: Duration,
    /// The look-up of the server's name.
    pub dns: Duration,
    /// The connection to the first of its addresses that answers.
    pub tcp: Duration,
    /// The server's first reply, 220 (RFC 5321, section 4.3.1).
    pub greeting: Duration,
    /// EHLO and its reply, each time it is sent.
    pub ehlo: Duration,
    /// STARTTLS and its reply, where it is used, and the handshake (RFC 3207, RFC 8314).
    pub tls: Duration,
    /// All exchanges of AUTH (RFC 4954).
    pub auth: Duration,
    /// MAIL FROM and its reply.
    pub mail: Duration,
    /// RCPT TO and its reply, for each recipient.
    pub rcpt: Duration,
    /// DATA and its reply, 354.
    pub data: Duration,
    /// The message, for as long as the server takes nothing of it.
    pub upload: Duration,
    /// The reply after the final dot.
    pub after_dot: Duration,
    /// QUIT and its reply.
    pub quit: Duration,
}

impl StageLimits {
    /// The same limit for every wait.
    pub const fn each(limit: Duration) -> Self {
        Self {
            connector: limit,
            dns: limit,
            tcp: limit,
            greeting: limit,
            ehlo: limit,
            tls: limit,
            auth: limit,
            mail: limit,
            rcpt: limit,
            data: limit,
            upload: limit,
            after_dot: limit,
            quit: limit,
        }
    }

    /// For a person who sees what goes on, and can cancel it. A minute is longer than what servers delay on purpose:
    /// greetings, sign-ins after failures, refusals. Five are what content scanners take after the message.
    pub const fn interactive() -> Self {
        Self {
            connector: Duration::from_secs(20),
            dns: Duration::from_secs(10),
            tcp: Duration::from_secs(10),
            after_dot: Duration::from_secs(5 * 60),
            quit: Duration::from_secs(5),
            ..Self::each(Duration::from_secs(60))
        }
    }

    /// Where nobody waits: what RFC 5321 asks for in section 4.5.3.2.
    pub const fn unattended() -> Self {
        Self {
            connector: Duration::from_secs(60),
            dns: Duration::from_secs(30),
            tcp: Duration::from_secs(60),
            data: Duration::from_secs(2 * 60),
            upload: Duration::from_secs(3 * 60),
            after_dot: Duration::from_secs(10 * 60),
            quit: Duration::from_secs(10),
            ..Self::each(Duration::from_secs(5 * 60))
        }
    }

    /// With another limit for each answer of the mail server, where one is given. The answer after the message is not
    /// waited for more briefly than before: whoever gives up there does not know whether the message was accepted.
    pub fn answered_within(self, limit: Option<Duration>) -> Self {
        let Some(limit) = limit else { return self };
        Self {
            greeting: limit,
            ehlo: limit,
            tls: limit,
            auth: limit,
            mail: limit,
            rcpt: limit,
            data: limit,
            upload: limit,
            after_dot: self.after_dot.max(limit),
            ..self
        }
    }

    /// The limit of a stage; None where each of its steps has its own.
    pub(super) const fn of(&self, stage: Stage) -> Option<Duration> {
        Some(match stage {
            Stage::Connector => self.connector,
            Stage::Dns => self.dns,
            Stage::Tcp => self.tcp,
            Stage::Greeting => self.greeting,
            // Nobody else takes part in it.
            Stage::Settings => SETTINGS,
            Stage::Ehlo | Stage::EhloAgain => self.ehlo,
            Stage::Tls => self.tls,
            Stage::Auth => self.auth,
            Stage::Mail => self.mail,
            Stage::Rcpt | Stage::Data => return None,
            Stage::Quit => self.quit,
        })
    }
}

impl Default for StageLimits {
    fn default() -> Self {
        Self::interactive()
    }
}

/// Ends work that takes longer than its limit.
pub async fn within<T, E: Into<SmtpError>>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, SmtpError> {
    match timeout(limit, work).await {
        Ok(outcome) => outcome.map_err(Into::into),
        Err(_) => Err(SmtpError::timed_out(limit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_limit_never_shortens_the_wait_after_the_message() {
        let seconds = Duration::from_secs;
        let check = |limits: StageLimits, limit, after_dot| {
            let limits = limits.answered_within(Some(seconds(limit)));
            let all = [limits.greeting, limits.ehlo, limits.tls, limits.auth, limits.mail, limits.rcpt, limits.data];
            assert_eq!(all, [seconds(limit); 7]);
            assert_eq!((limits.upload, limits.after_dot), (seconds(limit), seconds(after_dot)));
        };
        check(StageLimits::interactive(), 5, 300);
        check(StageLimits::interactive(), 900, 900);
        check(StageLimits::unattended(), 120, 600);
    }
}
