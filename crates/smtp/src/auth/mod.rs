//! Signing in (RFC 4954): which mechanism, and what each of them says. What is exchanged is never kept.

mod scram;
mod work;

use base64ct::{Base64, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use model::{FailureKind, Mechanism, Reply, TlsFacts};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::ServerSignIn;
use super::error::SmtpError;
use super::reader::SaslAnswer;
use super::redaction::HIDDEN;
use super::session::Session;
use base16ct::lower::encode_string as hex;
use scram::{ClientFirst, Verdict};
use work::do_work;

/// The longest command with its CRLF (RFC 5321, section 4.5.3.1.4): what would make AUTH longer is sent on a line of
/// its own (RFC 4954, section 4).
const COMMAND_OCTETS: usize = 512;

/// Signs in with the mechanism that fits, which it gives. `offered` are the server's, over the connection as it is now.
pub async fn sign_in(
    session: &mut Session,
    with: &ServerSignIn,
    offered: &[String],
    tls: Option<&TlsFacts>,
) -> Result<Mechanism, SmtpError> {
    let settings = |why: &str| Err(FailureKind::Settings(why.to_owned()).into());
    // Asked before the secret was opened, and once more here, where it would go out.
    if with.verified_only && !tls.is_some_and(|tls| tls.verified) {
        return settings("The credential is for verified TLS alone, and this connection has none.");
    }
    if with.user_name.chars().any(char::is_control) || with.secret.expose_secret().contains('\0') {
        return settings("The user name or the secret holds a character that no sign-in can carry.");
    }
    let mechanism = choose(with, offered, tls.is_some())?;
    session.hide(with.secret.expose_secret());
    let mut exchange = SaslExchange { session, with, mechanism };
    let reply = match mechanism {
        Mechanism::ScramSha256 => exchange.scram_sha_256().await?,
        Mechanism::CramMd5 => exchange.cram_md5().await?,
        Mechanism::Plain => exchange.plain().await?,
        Mechanism::Login => exchange.login().await?,
    };
    if reply.code == 235 && !reply.contradicts_itself() { Ok(mechanism) } else { Err(SmtpError::unexpected(reply)) }
}

/// The mechanism that is wanted, or the strongest that is offered and may be used.
fn choose(with: &ServerSignIn, offered: &[String], encrypted: bool) -> Result<Mechanism, FailureKind> {
    let is_offered = |mechanism: &Mechanism| offered.iter().any(|name| name == mechanism.name());
    let may = |mechanism: &Mechanism| encrypted || with.plain_in_clear || !mechanism.shows_the_password();
    let not_offered = || FailureKind::MechanismNotOffered { wanted: with.mechanism, offered: offered.to_vec() };
    match with.mechanism {
        Some(wanted) if !may(&wanted) => Err(FailureKind::ClearTextSignIn),
        Some(wanted) if is_offered(&wanted) => Ok(wanted),
        Some(_) => Err(not_offered()),
        None => {
            let known: Vec<Mechanism> = Mechanism::ALL.into_iter().filter(is_offered).collect();
            match known.iter().copied().find(may) {
                Some(strongest) => Ok(strongest),
                None if known.is_empty() => Err(not_offered()),
                None => Err(FailureKind::ClearTextSignIn),
            }
        }
    }
}

/// One sign-in; each mechanism gives the server's last reply.
struct SaslExchange<'a> {
    session: &'a mut Session,
    with: &'a ServerSignIn,
    mechanism: Mechanism,
}

impl SaslExchange<'_> {
    /// RFC 4616.
    async fn plain(&mut self) -> Result<Reply, SmtpError> {
        let secret = self.with.secret.expose_secret();
        let message = Zeroizing::new([b"\0", self.with.user_name.as_bytes(), b"\0", secret.as_bytes()].concat());
        let answer = self.begin_with(&message).await?;
        self.end(answer).await
    }

    /// Two questions, whose words differ from server to server.
    async fn login(&mut self) -> Result<Reply, SmtpError> {
        let answer = self.begin().await?;
        asked(answer)?;
        let answer = self.respond(self.with.user_name.as_bytes()).await?;
        asked(answer)?;
        let answer = self.respond(self.with.secret.expose_secret().as_bytes()).await?;
        self.end(answer).await
    }

    /// RFC 2195.
    async fn cram_md5(&mut self) -> Result<Reply, SmtpError> {
        let answer = self.begin().await?;
        let challenge = self.decode(asked(answer)?).await?;
        let digest = cram_digest(self.with.secret.expose_secret(), &challenge);
        self.session.hide_exchanged(digest.as_bytes());
        let message = Zeroizing::new(format!("{} {}", self.with.user_name, *digest));
        let answer = self.respond(message.as_bytes()).await?;
        self.end(answer).await
    }

    /// RFC 7677.
    async fn scram_sha_256(&mut self) -> Result<Reply, SmtpError> {
        let Some(first) = ClientFirst::new(&self.with.user_name) else {
            return Err(FailureKind::Settings("The system gives no random numbers.".to_owned()).into());
        };
        let answer = self.begin_with(first.message().as_bytes()).await?;
        let server_first = self.decode(proven_later(answer)?).await?;
        let secret = self.with.secret.clone();
        let last = match do_work(move || first.answer(&server_first, secret.expose_secret())).await {
            Ok(Ok(last)) => last,
            Ok(Err(why)) => return Err(self.cancel(FailureKind::ChallengeBad(why.to_owned())).await),
            Err(error) => return Err(FailureKind::Broken(error).into()),
        };
        if let Some((_, proof)) = last.message.rsplit_once(",p=") {
            self.session.hide_exchanged(proof.as_bytes());
        }
        let answer = self.respond(last.message.as_bytes()).await?;
        let server_final = self.decode(proven_later(answer)?).await?;
        match last.verdict(&server_final) {
            Verdict::Proven => {
                let answer = self.respond(b"").await?;
                self.end(answer).await
            }
            Verdict::NotProven => Err(self.cancel(FailureKind::ServerNotProven).await),
            Verdict::Refused => {
                let answer = self.respond(b"").await?;
                let answer = SaslAnswer::Reply(self.end(answer).await?);
                proven_later(answer).and(Err(FailureKind::ServerNotProven.into()))
            }
        }
    }

    async fn begin(&mut self) -> Result<SaslAnswer, SmtpError> {
        let command = format!("AUTH {}", self.mechanism.name());
        self.session.exchange(command.as_bytes(), &command).await
    }

    /// With the first response in the same line, where it fits.
    async fn begin_with(&mut self, response: &[u8]) -> Result<SaslAnswer, SmtpError> {
        let encoded = encoded(response);
        let name = self.mechanism.name();
        // Of its length at once: growing, it would leave copies behind.
        let line = Zeroizing::new(["AUTH ", name, " ", &encoded].concat());
        if line.len() + 2 > COMMAND_OCTETS {
            let answer = self.begin().await?;
            asked(answer)?;
            return self.respond(response).await;
        }
        self.session.hide_exchanged(encoded.as_bytes());
        self.session.exchange(line.as_bytes(), &format!("AUTH {name} {HIDDEN}")).await
    }

    async fn respond(&mut self, response: &[u8]) -> Result<SaslAnswer, SmtpError> {
        let encoded = encoded(response);
        self.session.hide_exchanged(encoded.as_bytes());
        self.session.exchange(encoded.as_bytes(), HIDDEN).await
    }

    async fn decode(&mut self, challenge: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, SmtpError> {
        match str::from_utf8(&challenge).ok().and_then(|text| Base64::decode_vec(text).ok()) {
            Some(decoded) => Ok(Zeroizing::new(decoded)),
            None => Err(self.cancel(FailureKind::ChallengeBad("its challenge is not base64".to_owned())).await),
        }
    }

    /// Everything has been said.
    async fn end(&mut self, answer: SaslAnswer) -> Result<Reply, SmtpError> {
        match answer {
            SaslAnswer::Reply(reply) => Ok(reply),
            SaslAnswer::Challenge(_) => {
                let why = format!("it asks for more than {} has", self.mechanism.name());
                Err(self.cancel(FailureKind::ChallengeBad(why)).await)
            }
        }
    }

    async fn cancel(&mut self, kind: FailureKind) -> SmtpError {
        match self.session.cancel_exchange().await {
            Ok(()) => kind.into(),
            Err(fault) => fault,
        }
    }
}

/// The challenge, where nothing else makes sense.
fn asked(answer: SaslAnswer) -> Result<Zeroizing<Vec<u8>>, SmtpError> {
    match answer {
        SaslAnswer::Challenge(challenge) => Ok(challenge),
        SaslAnswer::Reply(reply) => Err(SmtpError::unexpected(reply)),
    }
}

/// As [`asked`], of a server that has not proven yet that it knows the password.
fn proven_later(answer: SaslAnswer) -> Result<Zeroizing<Vec<u8>>, SmtpError> {
    match answer {
        SaslAnswer::Reply(reply) if reply.code == 235 => Err(FailureKind::ServerNotProven.into()),
        answer => asked(answer),
    }
}

fn encoded(response: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(Base64::encode_string(response))
}

fn cram_digest(secret: &str, challenge: &[u8]) -> Zeroizing<String> {
    // It refuses no length: a key longer than a block is hashed, a shorter one filled up (RFC 2104, section 2).
    let mut mac = Hmac::<Md5>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(challenge);
    Zeroizing::new(hex(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(mechanism: Option<Mechanism>, plain_in_clear: bool) -> ServerSignIn {
        ServerSignIn {
            user_name: "ops".to_owned(),
            secret: "s3cret".into(),
            mechanism,
            plain_in_clear,
            verified_only: false,
        }
    }

    /// The example of RFC 2195, section 2.
    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        assert_eq!(*cram_digest("tanstaaftanstaaf", challenge), "b913a602c7eda7a495b4e6e7334d3890");
    }

    #[test]
    fn the_strongest_that_is_offered_and_may_be_used_is_chosen() {
        use Mechanism::{CramMd5, Login, Plain, ScramSha256};
        let check = |offered: &[&str], encrypted: bool, in_clear: bool, expected: Result<Mechanism, FailureKind>| {
            let offered: Vec<String> = offered.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(choose(&with(None, in_clear), &offered, encrypted), expected, "{offered:?}");
        };
        let none = |offered: &[&str]| {
            let offered = offered.iter().map(|&name| name.to_owned()).collect();
            Err(FailureKind::MechanismNotOffered { wanted: None, offered })
        };
        check(&["LOGIN", "PLAIN", "CRAM-MD5", "SCRAM-SHA-256"], true, false, Ok(ScramSha256));
        check(&["PLAIN", "CRAM-MD5"], true, false, Ok(CramMd5));
        check(&["LOGIN", "PLAIN"], true, false, Ok(Plain));
        check(&["LOGIN", "XOAUTH2"], true, false, Ok(Login));
        check(&["PLAIN", "CRAM-MD5"], false, false, Ok(CramMd5));
        check(&["PLAIN", "LOGIN"], false, false, Err(FailureKind::ClearTextSignIn));
        check(&["PLAIN", "LOGIN"], false, true, Ok(Plain));
        check(&["XOAUTH2"], true, false, none(&["XOAUTH2"]));
        check(&[], false, false, none(&[]));
    }

    #[test]
    fn a_mechanism_that_is_wanted_is_taken_or_none() {
        let offered = ["PLAIN".to_owned(), "CRAM-MD5".to_owned()];
        let check = |wanted: Mechanism, encrypted: bool, expected: Result<Mechanism, FailureKind>| {
            assert_eq!(choose(&with(Some(wanted), false), &offered, encrypted), expected, "{wanted:?}");
        };
        check(Mechanism::Plain, true, Ok(Mechanism::Plain));
        check(Mechanism::Plain, false, Err(FailureKind::ClearTextSignIn));
        check(Mechanism::Login, false, Err(FailureKind::ClearTextSignIn));
        let wanted = Some(Mechanism::ScramSha256);
        let missing = FailureKind::MechanismNotOffered { wanted, offered: offered.to_vec() };
        check(Mechanism::ScramSha256, true, Err(missing));
    }
}
