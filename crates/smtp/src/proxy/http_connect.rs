//! HTTP's CONNECT (RFC 9110, section 9.3.6), with a sign-in where the proxy asks for one.

use model::{FailureKind, ProxyAnswer};
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::super::ProxySignIn;
use super::super::error::SmtpError;
use super::super::redaction::Redaction;
use super::super::stream::acknowledge;
use super::super::transcript::Transcript;
use super::authorization::{self, Authorization};
use super::challenge::{self, Challenge};
use super::head::{self, ResponseHead, words_with_offer};
use super::{Dialer, ProxyTarget};

pub async fn connect(
    dialer: &Dialer,
    sign_in: Option<&ProxySignIn>,
    target: &ProxyTarget,
    transcript: &mut Transcript,
) -> Result<(TcpStream, String), SmtpError> {
    let stream = dialer.dial(transcript).await?;
    let mut exchange =
        ProxyExchange { dialer, authority: target.authority(), stream, redaction: Redaction::default(), transcript };
    let mut head = exchange.ask(None).await?;
    let mut answered = 0;
    while head.code == 407 {
        let challenges = challenge::parse(head.all("proxy-authenticate"));
        let Some(with) = sign_in else { return Err(sign_in_required(&head, &challenges)) };
        match answered {
            0 => {}
            // The right answer to an old nonce.
            1 if challenges.iter().any(Challenge::is_stale) => {}
            _ => return Err(FailureKind::ProxySignInRefused(head.status_line).into()),
        }
        let Some(answer) = authorization::answer(&challenges, with, &exchange.authority)? else {
            return Err(sign_in_required(&head, &challenges));
        };
        exchange.redaction.secret(with.secret.expose_secret());
        exchange.redaction.exchanged(answer.credentials.as_bytes());
        head = exchange.ask_again(&head, &answer).await?;
        answered += 1;
    }
    match head.code {
        // tinyproxy's answer to a wrong one.
        401 if answered > 0 => Err(FailureKind::ProxySignInRefused(head.status_line).into()),
        200..=299 => Ok((exchange.stream, head.status_line)),
        code => Err(FailureKind::ProxyRefused { answer: ProxyAnswer::Http(code), words: head.status_line }.into()),
    }
}

fn sign_in_required(head: &ResponseHead, challenges: &[Challenge]) -> SmtpError {
    let schemes: Vec<&str> = challenges.iter().map(Challenge::scheme).collect();
    FailureKind::ProxySignInWanted(words_with_offer(head, &schemes)).into()
}

struct ProxyExchange<'a> {
    dialer: &'a Dialer,
    authority: String,
    stream: TcpStream,
    redaction: Redaction,
    transcript: &'a mut Transcript,
}

impl ProxyExchange<'_> {
    async fn ask(&mut self, answer: Option<&Authorization>) -> Result<ResponseHead, SmtpError> {
        let authority = &self.authority;
        let authorization = match answer {
            None => Zeroizing::default(),
            Some(answer) => Zeroizing::new(["Proxy-Authorization: ", &answer.value, "\r\n"].concat()),
        };
        let request = ["CONNECT ", authority, " HTTP/1.1\r\nHost: ", authority, "\r\n", &authorization, "\r\n"];
        let request = Zeroizing::new(request.concat());
        let signed = answer.map_or_else(String::new, |answer| format!(", signing in by {}", answer.scheme));
        self.transcript.note(format!("To the proxy: CONNECT {authority} HTTP/1.1{signed}"));
        self.stream.write_all(request.as_bytes()).await?;
        acknowledge(&self.stream);
        let head = head::read(&mut self.stream, &self.redaction).await;
        match &head {
            Ok(head) => self.transcript.note(format!("The proxy: {}", head.status_line)),
            Err(fault @ SmtpError { kind: FailureKind::NotAProxy(_), .. }) => self.transcript.note(fault.fact()),
            Err(_) => {}
        }
        head
    }

    /// Answers a challenge over the same connection if it stays open, else over a new one.
    async fn ask_again(&mut self, before: &ResponseHead, answer: &Authorization) -> Result<ResponseHead, SmtpError> {
        if before.skip_body(&mut self.stream).await {
            match self.ask(Some(answer)).await {
                // It was closed after all.
                Err(SmtpError { kind: FailureKind::Closed, .. }) => {}
                outcome => return outcome,
            }
        }
        self.stream = self.dialer.dial(self.transcript).await?;
        self.ask(Some(answer)).await
    }
}
