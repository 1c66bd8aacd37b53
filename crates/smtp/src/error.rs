//! Why a stage ended: what was observed, and the server's words if it had any.

use std::io;
use std::time::Duration;

use model::{FailureKind, Reply, waited};
use rustls::AlertDescription;

/// What ends a stage.
#[derive(Debug)]
pub struct SmtpError {
    pub kind: FailureKind,
    pub reply: Option<Reply>,
}

impl From<FailureKind> for SmtpError {
    fn from(kind: FailureKind) -> Self {
        Self { kind, reply: None }
    }
}

impl From<io::Error> for SmtpError {
    fn from(error: io::Error) -> Self {
        Self::from(broken(&error))
    }
}

impl SmtpError {
    /// No answer within the limit.
    pub fn timed_out(limit: Duration) -> Self {
        Self::from(FailureKind::TimedOut(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)))
    }

    /// A reply that is not the one hoped for: a refusal, or something that makes no sense here.
    pub fn unexpected(reply: Reply) -> Self {
        let refuses = (400..600).contains(&reply.code) || reply.contradicts_itself();
        let kind = if refuses { FailureKind::Refused } else { FailureKind::UnexpectedReply };
        Self { kind, reply: Some(reply) }
    }

    /// The connection still follows the protocol, so that QUIT can be said. After 421 the server closes by itself.
    pub fn leaves_in_order(&self) -> bool {
        match self.kind {
            FailureKind::Refused => self.reply.as_ref().is_some_and(|reply| reply.code != 421),
            FailureKind::StartTlsNotOffered
            | FailureKind::SmtpUtf8NotOffered
            | FailureKind::TooLarge { .. }
            | FailureKind::MechanismNotOffered { .. }
            | FailureKind::ClearTextSignIn
            | FailureKind::ServerNotProven
            | FailureKind::ChallengeBad(_)
            | FailureKind::Settings(_) => true,
            _ => false,
        }
    }

    /// One line for the stage where it happened.
    pub fn fact(&self) -> String {
        use FailureKind::*;
        match &self.kind {
            Refused | UnexpectedReply => match &self.reply {
                Some(reply) => reply.to_string(),
                None => "An unexpected reply".to_owned(),
            },
            Settings(why) | ResolverFailed(why) | Unreachable(why) | Broken(why) => why.clone(),
            ResolverSilent(servers) => format!("No answer from {servers}"),
            ResolverServFail(servers) => format!("{servers} answered SERVFAIL"),
            ResolverRefused(servers) => format!("{servers} answered REFUSED"),
            Handshake { fault: _, words: why } | TlsFailed(why) | ClientCertificateWanted(why) => why.clone(),
            NoSuchName => "No such name".to_owned(),
            NoAddress => "The name has no address".to_owned(),
            ConnectionRefused => "Connection refused".to_owned(),
            TimedOut(limit) => format!("No answer within {}", waited(Duration::from_millis(*limit))),
            Closed => "The server ended the connection".to_owned(),
            NotSmtp(first) => format!("Not SMTP: {first}"),
            LineTooLong(octets) => format!("A line of more than {octets} octets"),
            ReplyTooLong(lines) => format!("A reply of more than {lines} lines"),
            StartTlsNotOffered => "STARTTLS is not offered".to_owned(),
            BytesAfterStartTls => "Bytes in clear text behind the reply to STARTTLS".to_owned(),
            TlsFromFirstByte => "The port answers to TLS, and says nothing in clear text".to_owned(),
            TlsNotSpoken => "The port answers in clear text".to_owned(),
            fault @ (CertificateExpired
            | CertificateNotYetValid
            | CertificateWrongName(_)
            | CertificateUnknownIssuer
            | CertificateVersion
            | CertificateOfCa
            | CertificateBad(_)
            | CertificateChanged { .. }) => fault.of_certificate(),
            MechanismNotOffered { wanted: Some(wanted), .. } => format!("{} is not offered", wanted.name()),
            MechanismNotOffered { wanted: None, offered } if offered.is_empty() => "No sign-in is offered".to_owned(),
            MechanismNotOffered { wanted: None, offered } => {
                format!("No known sign-in among {}", offered.join(", "))
            }
            Cancelled => "Cancelled".to_owned(),
            ClearTextSignIn => "Only PLAIN or LOGIN, and no encryption".to_owned(),
            ServerNotProven => "The server did not prove that it knows the password".to_owned(),
            ChallengeBad(why) => format!("The sign-in makes no sense: {why}"),
            ProxyRefused { words, .. } | ProxySignInWanted(words) | ProxySignInRefused(words) => words.clone(),
            NotAProxy(kind) => format!("It does not answer as {kind}"),
            SmtpUtf8NotOffered => "SMTPUTF8 is not offered".to_owned(),
            TooLarge { message, limit } => {
                format!("{} bytes, and the server takes {}", grouped(*message), grouped(*limit))
            }
        }
    }
}

/// What an error of the connection means. A server may also end it by a reset.
pub fn broken(error: &io::Error) -> FailureKind {
    match of_rustls(error) {
        // TLS 1.3 has no word of it before the handshake is over for the client.
        Some(tls @ rustls::Error::AlertReceived(alert)) if is_about_client_certificate(*alert) => {
            return FailureKind::ClientCertificateWanted(tls.to_string());
        }
        Some(tls) => return FailureKind::TlsFailed(tls.to_string()),
        None => {}
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => FailureKind::Closed,
        _ => FailureKind::Broken(error.to_string()),
    }
}

/// What rustls found wrong, where it was rustls.
pub fn of_rustls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Alerts that a server has for nothing but the client's certificate (RFC 8446, section 6.2).
pub const fn is_about_client_certificate(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
    )
}

/// `1184` as `1,184`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        let check = |number, text: &str| assert_eq!(grouped(number), text);
        check(0, "0");
        check(999, "999");
        check(1_184, "1,184");
        check(12_345_678, "12,345,678");
    }
}
