//! The first stage: what the settings give, before anything is sent.

use lettre::transport::smtp::extension::ClientId;
use model::{ConnectionSecurity, FailureKind};

use super::Target;
use super::address::ascii_name;
use super::conversation::Mail;
use super::error::SmtpError;
use super::verifier::Trusted;
use super::wire::{Encoded, encode};

pub struct Ready {
    pub host: String,
    pub hello: ClientId,
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
        hello: client_id(hello).map_err(settings)?,
        message: encode(mail.message).map_err(settings)?,
        trusted,
    };
    Ok((ready, "Saved".to_owned()))
}

/// The name that EHLO gives for this machine: a host name, or an address as a literal.
fn client_id(hello: &str) -> Result<ClientId, String> {
    let bare = hello.trim().trim_start_matches('[').trim_end_matches(']');
    let bare = bare.strip_prefix("IPv6:").unwrap_or(bare);
    match bare.parse() {
        Ok(std::net::IpAddr::V4(address)) => Ok(ClientId::Ipv4(address)),
        Ok(std::net::IpAddr::V6(address)) => Ok(ClientId::Ipv6(address)),
        Err(_) => {
            let name = ascii_name(hello.trim())?;
            if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
                Ok(ClientId::Domain(name))
            } else {
                Err(format!("“{hello}” cannot be the name in EHLO."))
            }
        }
    }
}
