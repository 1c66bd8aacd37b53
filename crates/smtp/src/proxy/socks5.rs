//! SOCKS version 5 (RFC 1928), with a sign-in by RFC 1929. By hand, so that the proxy's reply is reported as it came,
//! and that the proxy gets a checked address, or a name as a name.

use std::net::IpAddr;

use model::{ConnectorKind, FailureKind, ProxyAnswer};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::super::ProxySignIn;
use super::super::error::SmtpError;
use super::super::redaction::HIDDEN;
use super::super::stream::acknowledge;
use super::super::transcript::Transcript;
use super::{Dialer, ProxyTarget, not_a_proxy};

const VERSION: u8 = 5;
/// The version of the sign-in itself.
const SIGN_IN_VERSION: u8 = 1;
const NO_SIGN_IN: u8 = 0;
const USER_NAME_AND_PASSWORD: u8 = 2;
const NONE_OF_THESE: u8 = 0xFF;

pub async fn connect(
    dialer: &Dialer,
    sign_in: Option<&ProxySignIn>,
    target: &ProxyTarget,
    transcript: &mut Transcript,
) -> Result<(TcpStream, String), SmtpError> {
    let credentials = sign_in.map(sign_in_message).transpose()?;
    let request = request(target)?;
    let stream = dialer.dial(transcript).await?;
    let mut exchange = ProxyExchange { stream, transcript };
    exchange.agree(credentials.as_ref().map(|message| message.as_slice())).await?;

    exchange.transcript.note(format!("To the proxy: SOCKS5, connect to {}", target.authority()));
    let words = exchange.ask(&request).await?;
    Ok((exchange.stream, words))
}

struct ProxyExchange<'a> {
    stream: TcpStream,
    transcript: &'a mut Transcript,
}

impl ProxyExchange<'_> {
    /// Agrees on whether to sign in, and does it.
    async fn agree(&mut self, credentials: Option<&[u8]>) -> Result<(), SmtpError> {
        let (greeting, offer): (&[u8], &str) = match credentials {
            None => (&[VERSION, 1, NO_SIGN_IN], "no sign-in"),
            Some(_) => (&[VERSION, 2, NO_SIGN_IN, USER_NAME_AND_PASSWORD], "no sign-in, or user name and password"),
        };
        self.transcript.note(format!("To the proxy: SOCKS5, {offer}"));
        self.say(greeting).await?;
        match (self.two().await?, credentials) {
            ([VERSION, NO_SIGN_IN], _) => {
                self.transcript.note("The proxy: no sign-in (0)");
                Ok(())
            }
            ([VERSION, USER_NAME_AND_PASSWORD], Some(credentials)) => {
                self.transcript.note("The proxy: user name and password (2)");
                self.sign_in(credentials).await
            }
            ([VERSION, NONE_OF_THESE], _) => {
                let words = format!("none of these: {offer} (255)");
                self.transcript.note(format!("The proxy: {words}"));
                Err(FailureKind::ProxySignInWanted(words).into())
            }
            _ => Err(self.not_a_proxy()),
        }
    }

    async fn sign_in(&mut self, credentials: &[u8]) -> Result<(), SmtpError> {
        self.transcript.note(format!("To the proxy: {HIDDEN}"));
        self.say(credentials).await?;
        match self.two().await? {
            [SIGN_IN_VERSION, 0] => {
                self.transcript.note("The proxy: signed in (0)");
                Ok(())
            }
            [SIGN_IN_VERSION, status] => {
                let words = format!("sign-in refused ({status})");
                self.transcript.note(format!("The proxy: {words}"));
                Err(FailureKind::ProxySignInRefused(words).into())
            }
            _ => Err(self.not_a_proxy()),
        }
    }

    /// Asks for the connection. The proxy's words are its reply's.
    async fn ask(&mut self, request: &[u8]) -> Result<String, SmtpError> {
        self.say(request).await?;
        let [version, reply] = self.two().await?;
        if version != VERSION {
            return Err(self.not_a_proxy());
        }
        let words = words(reply);
        self.transcript.note(format!("The proxy: {words}"));
        if reply != 0 {
            return Err(FailureKind::ProxyRefused { answer: ProxyAnswer::Socks(reply), words }.into());
        }
        // The address that the proxy connects from says nothing to us, but for where it ends.
        let [_reserved, kind] = self.two().await?;
        let length = match kind {
            1 => 4,
            3 => usize::from(self.stream.read_u8().await?),
            4 => 16,
            _ => return Err(self.not_a_proxy()),
        };
        let mut bound = [0; 255 + 2];
        self.stream.read_exact(&mut bound[..length + 2]).await?;
        Ok(words)
    }

    async fn say(&mut self, octets: &[u8]) -> Result<(), SmtpError> {
        self.stream.write_all(octets).await?;
        acknowledge(&self.stream);
        Ok(())
    }

    async fn two(&mut self) -> Result<[u8; 2], SmtpError> {
        let mut two = [0; 2];
        match self.stream.read_exact(&mut two[..1]).await {
            Ok(_) if two[0] > VERSION => Err(self.not_a_proxy()),
            Ok(_) => {
                self.stream.read_exact(&mut two[1..]).await?;
                Ok(two)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn not_a_proxy(&mut self) -> SmtpError {
        not_a_proxy(ConnectorKind::Socks5, self.transcript)
    }
}

/// RFC 1929, section 2. Each of the two has room for 255 octets.
fn sign_in_message(with: &ProxySignIn) -> Result<Zeroizing<Vec<u8>>, FailureKind> {
    let (name, secret) = (with.user_name.as_bytes(), with.secret.expose_secret().as_bytes());
    let (Ok(name_octets @ 1..), Ok(secret_octets @ 1..)) = (u8::try_from(name.len()), u8::try_from(secret.len()))
    else {
        return Err(FailureKind::Settings(
            "SOCKS5 takes user names and secrets of 1 to 255 octets; the connector's do not fit.".to_owned(),
        ));
    };
    Ok(Zeroizing::new([&[SIGN_IN_VERSION, name_octets], name, &[secret_octets], secret].concat()))
}

/// RFC 1928, section 4: connect there.
fn request(target: &ProxyTarget) -> Result<Vec<u8>, FailureKind> {
    let mut request = vec![VERSION, 1, 0];
    match target.address {
        Some(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Some(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        None => {
            let octets = u8::try_from(target.host.len())
                .map_err(|_| FailureKind::Settings("The host's name is too long for SOCKS5.".to_owned()))?;
            request.extend([3, octets]);
            request.extend(target.host.bytes());
        }
    }
    request.extend(target.port.to_be_bytes());
    Ok(request)
}

/// RFC 1928, section 6.
fn words(reply: u8) -> String {
    let text = match reply {
        0 => "connected",
        1 => "general failure",
        2 => "not allowed by the rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "kind of address not supported",
        _ => "a reply that SOCKS5 does not know",
    };
    format!("{text} ({reply})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_to_the_proxy_as_a_name_and_an_address_as_an_address() {
        let check = |host: &str, port: u16, octets: &[u8]| {
            let target = match host.parse() {
                Ok(address) => ProxyTarget::at(address, port),
                Err(_) => ProxyTarget::named(host.to_owned(), port),
            };
            assert_eq!(request(&target).as_deref(), Ok(octets), "{host}");
        };
        check("mx.example", 587, b"\x05\x01\x00\x03\x0amx.example\x02\x4b");
        check("192.0.2.1", 25, b"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x19");
        check("::1", 25, b"\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x19");
    }

    #[test]
    fn a_sign_in_that_does_not_fit_is_not_cut() {
        let message = |user_name: &str, secret: &str| {
            let with = ProxySignIn { user_name: user_name.to_owned(), secret: secret.into() };
            sign_in_message(&with).map(|message| message.to_vec())
        };
        assert_eq!(message("ops", "s3cret"), Ok(b"\x01\x03ops\x06s3cret".to_vec()));
        assert!(message("ops", &"x".repeat(255)).is_ok());
        assert!(message("ops", &"x".repeat(256)).is_err());
        assert!(message(&"é".repeat(128), "x").is_err());
        assert!(message("", "x").is_err());
        assert!(message("ops", "").is_err());
    }
}
