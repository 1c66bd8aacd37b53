//! The first stage: what the settings give, before anything is sent.

use std::net::IpAddr;

use lettre::transport::smtp::extension::ClientId;
use model::{ConnectionSecurity, FailureKind};

use super::Target;
use super::address::ascii_name;
use super::conversation::Mail;
use super::error::SmtpError;
use super::session::Session;
use super::verifier::Trusted;
use super::wire::{Encoded, encode};

pub struct Ready {
    pub host: String,
    pub hello: Hello,
    pub message: Encoded,
    pub trusted: Option<Trusted>,
}

/// Whom the connection goes to, what is sent, and whom it trusts; else what is wrong with the settings.
pub async fn settings(target: &Target, mail: &Mail<'_>, hello: &str) -> Result<(Ready, String), SmtpError> {
    let settings = |why: String| SmtpError::from(FailureKind::Settings(why));
    let host = match target.host.ip() {
        Some(address) => address.to_string(),
        None => ascii_name(target.host.as_str()).map_err(settings)?,
    };
    if mail.recipients.is_empty() {
        return Err(settings("The message has no recipient.".to_owned()));
    }
    let trusted = match target.security {
        ConnectionSecurity::None => None,
        ConnectionSecurity::StartTls | ConnectionSecurity::ImplicitTls => {
            Some(Trusted::load(&target.trust).await.map_err(settings)?)
        }
    };
    let ready = Ready {
        host,
        hello: Hello::parse(hello).map_err(settings)?,
        message: encode(mail.message).map_err(settings)?,
        trusted,
    };
    Ok((ready, "Saved".to_owned()))
}

/// What EHLO says for this machine (RFC 5321, section 4.1.1.1).
pub enum Hello {
    Given(ClientId),
    /// A name of this machine that EHLO cannot give, as the underscore of a container's name: its address stands for it
    /// (RFC 5321, section 4.1.3).
    AddressFor(String),
}

impl Hello {
    /// A host name, or an address as a literal; an error where it is neither.
    fn parse(hello: &str) -> Result<Self, String> {
        let bare = hello.trim().trim_start_matches('[').trim_end_matches(']');
        let bare = bare.strip_prefix("IPv6:").unwrap_or(bare);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Self::Given(literal(address)));
        }
        let name = ascii_name(hello.trim())?;
        let name = name.strip_suffix('.').unwrap_or(&name);
        if name.split('.').all(is_sub_domain) {
            Ok(Self::Given(ClientId::Domain(name.to_owned())))
        } else if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte)) {
            Ok(Self::AddressFor(name.to_owned()))
        } else {
            Err(format!("“{hello}” cannot be the name in EHLO."))
        }
    }

    /// What EHLO says over this connection. That it is not the name is noted.
    pub fn client_id(&self, session: &mut Session) -> Result<ClientId, FailureKind> {
        match self {
            Self::Given(given) => Ok(given.clone()),
            Self::AddressFor(name) => {
                let address = session.local_address().ok_or(FailureKind::Closed)?;
                session.transcript.note(format!(
                    "{name} is no name that EHLO may give (letters, digits, hyphens and dots): the address stands for it"
                ));
                Ok(literal(address))
            }
        }
    }
}

const fn literal(address: IpAddr) -> ClientId {
    match address {
        IpAddr::V4(address) => ClientId::Ipv4(address),
        IpAddr::V6(address) => ClientId::Ipv6(address),
    }
}

/// RFC 5321, section 4.1.2; at most 63 octets (RFC 1035, section 2.3.4).
fn is_sub_domain(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ehlo_gives_what_rfc_5321_allows_or_an_address() {
        let check = |hello: &str, expected: Result<&str, &str>| {
            let found = match Hello::parse(hello) {
                Ok(Hello::Given(given)) => Ok(given.to_string()),
                Ok(Hello::AddressFor(name)) => Err(name),
                Err(_) => Err("refused".to_owned()),
            };
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{hello}");
        };
        check("posthouse.nordhavn.example", Ok("posthouse.nordhavn.example"));
        check("posthouse.nordhavn.example.", Ok("posthouse.nordhavn.example"));
        check("bücher.example", Ok("xn--bcher-kva.example"));
        check("host", Ok("host"));
        check("192.0.2.1", Ok("[192.0.2.1]"));
        check("[IPv6:2001:db8::1]", Ok("[IPv6:2001:db8::1]"));
        check("posthouse_web.internal", Err("posthouse_web.internal"));
        check("posthouse.example:3000", Err("posthouse.example:3000"));
        check("-a.example", Err("-a.example"));
        check(&format!("{}.example", "a".repeat(64)), Err(&format!("{}.example", "a".repeat(64))));
        check("a..example", Err("a..example"));
        for hello in ["", "two words", "a\r\nMAIL FROM:<x@example.org>", "<html>"] {
            check(hello, Err("refused"));
        }
    }
}
