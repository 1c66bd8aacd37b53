//! One open conversation: a command goes out, a reply comes in, and both stand in the transcript.

use std::fmt::Display;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use model::{FailureKind, Reply, TlsFacts, waited};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::error::{SmtpError, grouped};
use super::limits::{StageLimits, within};
use super::progress::at_most;
use super::reader::{ReplyReader, SaslAnswer};
use super::stream::Stream;
use super::tls::{self, ASKED, Encrypted, TlsOptions};
use super::transcript::Transcript;
use super::verifier::Shown;
use super::wire::Encoded;

/// A message goes out in pieces of this size, each within the limit of the upload. Once the last one is on its way, the
/// server may have accepted the message.
const PIECE: usize = 16 * 1024;

pub struct Session {
    stream: Option<Stream>,
    reader: ReplyReader,
    pub transcript: Transcript,
    /// The last dot may have reached the server.
    pub dot_sent: bool,
    /// What the server showed, verified or not.
    pub certificate: Shown,
    /// A sign-in was broken off, and the server has not answered that yet.
    owed: bool,
    /// As [`Encrypted`] says, until the server answers.
    may_want_certificate: bool,
}

impl Session {
    pub fn new(transcript: Transcript) -> Self {
        Self {
            stream: None,
            reader: ReplyReader::default(),
            transcript,
            dot_sent: false,
            certificate: Shown::default(),
            owed: false,
            may_want_certificate: false,
        }
    }

    pub fn connected(&mut self, stream: TcpStream) {
        self.stream = Some(Stream::Clear(stream));
    }

    pub async fn reply(&mut self) -> Result<Reply, SmtpError> {
        let Self { stream, reader, transcript, may_want_certificate, .. } = self;
        let stream = stream.as_mut().ok_or(FailureKind::Closed)?;
        let wanted = std::mem::take(may_want_certificate);
        match reader.reply(stream, transcript).await {
            Err(SmtpError { kind: FailureKind::Closed, .. }) if wanted => {
                Err(FailureKind::ClientCertificateWanted(ASKED.to_owned()).into())
            }
            outcome => outcome,
        }
    }

    /// Until there is something to read in clear text, or the connection has ended.
    pub async fn readable(&self) {
        if let Some(stream) = self.stream.as_ref().and_then(Stream::clear) {
            // An error is told when it is read.
            let _ = stream.peek(&mut [0]).await;
        }
    }

    /// Where a connection in clear text leads.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.stream.as_ref()?.clear()?.peer_addr().ok()
    }

    /// This machine's own address, as the connection has it.
    pub fn local_address(&self) -> Option<IpAddr> {
        self.stream.as_ref()?.tcp().local_addr().ok().map(|address| address.ip().to_canonical())
    }

    /// Sends a command as lettre writes it, and reads the reply.
    pub async fn command(&mut self, command: impl Display) -> Result<Reply, SmtpError> {
        if std::mem::take(&mut self.owed) {
            self.reply().await?;
        }
        self.expect_silence().await?;
        let mut text = command.to_string();
        if !text.ends_with("\r\n") {
            text.push_str("\r\n");
        }
        let line = text.strip_suffix("\r\n").unwrap_or(&text);
        // Whatever came past the rules of the form: one command is one line.
        if line.chars().any(char::is_control) {
            return Err(FailureKind::Settings("A value holds a control character.".to_owned()).into());
        }
        self.transcript.client(line);
        self.write(text.as_bytes()).await?;
        self.reply().await
    }

    /// Whatever the server says from here on, this never stands in it.
    pub fn hide(&mut self, secret: &str) {
        self.reader.redaction.secret(secret);
    }

    /// As [`Self::hide`], for a part of it as well.
    pub fn hide_exchanged(&mut self, text: &[u8]) {
        self.reader.redaction.exchanged(text);
    }

    /// Sends one line of a sign-in, of which the transcript has `shown` alone, and reads what the server answers.
    pub async fn exchange(&mut self, line: &[u8], shown: &str) -> Result<SaslAnswer, SmtpError> {
        self.expect_silence().await?;
        self.transcript.client(shown);
        self.write(&Zeroizing::new([line, b"\r\n"].concat())).await?;
        let Self { stream, reader, transcript, .. } = self;
        let stream = stream.as_mut().ok_or(FailureKind::Closed)?;
        reader.answer(stream, transcript).await
    }

    /// Breaks a sign-in off (RFC 4954, section 4). What the server answers is read before the next command.
    pub async fn cancel_exchange(&mut self) -> Result<(), SmtpError> {
        self.expect_silence().await?;
        self.transcript.client("*");
        self.write(b"*\r\n").await?;
        self.owed = true;
        Ok(())
    }

    /// Sends the message, of which the transcript keeps the size alone, and reads what the server makes of it. The
    /// gate is passed before the piece that ends the message.
    pub async fn message(
        &mut self,
        message: &Encoded,
        gate: impl Future<Output = Result<(), String>>,
        limits: &StageLimits,
    ) -> Result<Reply, SmtpError> {
        within(limits.data, self.expect_silence()).await?;
        let octets = grouped(message.octets);
        self.transcript.note(format!("(message taken out, {octets} bytes)"));
        self.transcript.client(".");
        let without = waited(limits.upload);
        self.transcript.waiting(|| format!("Sending {octets} bytes, at most {without} without progress"));
        let (first, last) = message.bytes.split_at(message.bytes.len().saturating_sub(PIECE));
        let sent = async {
            self.upload(first, limits.upload).await?;
            gate.await.map_err(FailureKind::Settings)?;
            self.dot_sent = true;
            self.upload(last, limits.upload).await
        };
        let sent = sent.await;
        if let Err(SmtpError { kind: FailureKind::Settings(_), .. }) = sent {
            // What was begun and has no end is no message (RFC 5321, section 4.1.1.4).
            self.stream = None;
        }
        match sent {
            Ok(()) => {
                let limit = limits.after_dot;
                self.transcript.waiting(|| format!("Sent. {} for the answer", at_most(limit)));
                within(limit, self.reply()).await
            }
            Err(fault @ SmtpError { kind: FailureKind::TimedOut(_), .. }) => Err(fault),
            // A server that refuses in the middle of a message says why before it ends the connection.
            Err(fault) => within(limits.data, self.reply()).await.map_err(|_| fault),
        }
    }

    /// Writes all of it; the limit begins anew whenever the server took some.
    async fn upload(&mut self, bytes: &[u8], limit: Duration) -> Result<(), SmtpError> {
        for piece in bytes.chunks(PIECE) {
            within(limit, self.write(piece)).await?;
        }
        Ok(())
    }

    /// The server speaks when it was asked. The one thing it says by itself is 421, before it goes (RFC 5321, section
    /// 3.8); any other reply would pass for the answer to the next command.
    async fn expect_silence(&mut self) -> Result<(), SmtpError> {
        if self.reader.is_empty() {
            Ok(())
        } else {
            match self.reply().await? {
                reply if reply.code == 421 => Err(SmtpError::unexpected(reply)),
                reply => Err(SmtpError { kind: FailureKind::UnexpectedReply, reply: Some(reply) }),
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
        stream.write_all(bytes).await?;
        stream.flush().await?;
        // Said again each time: the system forgets it as soon as something is sent.
        stream.acknowledge_unread();
        Ok(())
    }

    /// Encrypts the connection. Bytes that came before are in clear text, from anybody: they end the session
    /// (CVE-2011-0411).
    pub async fn encrypt(&mut self, options: TlsOptions<'_>) -> Result<TlsFacts, SmtpError> {
        if !self.reader.is_empty() {
            return Err(FailureKind::BytesAfterStartTls.into());
        }
        let Some(Stream::Clear(stream)) = self.stream.take() else {
            return Err(FailureKind::Closed.into());
        };
        let Encrypted { stream, facts, may_want_certificate } =
            tls::encrypt(stream, options, Arc::clone(&self.certificate)).await?;
        self.stream = Some(Stream::Tls(Box::new(stream)));
        self.may_want_certificate = may_want_certificate;
        self.transcript.encrypted_from_here(&format!("{}, {}", facts.version, facts.cipher));
        Ok(facts)
    }

    /// Ends the connection in order; what happens here no longer matters.
    pub async fn close(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            let _ = stream.shutdown().await;
        }
    }
}
