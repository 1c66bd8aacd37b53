//! Reads replies (RFC 5321, section 4.2): lines and replies are bounded, a bare LF is taken for a line's end, and what
//! is no reply at all is noticed by its first bytes. What was signed in with is covered before anything is kept.

use std::borrow::Cow;
use std::time::Duration;

use model::escape_controls::escape_controls;
use model::reply::{REPLY_LINES, ReplyLine, could_be_reply};
use model::{FailureKind, Reply};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::error::{SmtpError, broken};
use super::redaction::{HIDDEN, Redaction};
use super::transcript::Transcript;

/// The longest line that is read, in octets with its end. RFC 5321 allows 512; some servers do not keep to it.
const LINE_OCTETS: usize = 2_048;
/// How much of something that is no reply is shown.
const SAMPLE_OCTETS: usize = 80;
/// How long the rest of such a line is waited for, since one byte says less than a banner.
const SAMPLE_WAIT: Duration = Duration::from_millis(50);

/// What was read and not used yet.
pub struct ReplyReader {
    /// Has room for more than a line, and is read into only while it holds less: it never grows, and leaves no copy of
    /// what a server repeats.
    buffer: Zeroizing<Vec<u8>>,
    /// What a server may repeat and nobody is shown.
    pub redaction: Redaction,
}

impl Default for ReplyReader {
    fn default() -> Self {
        Self { buffer: Zeroizing::new(Vec::with_capacity(2 * LINE_OCTETS)), redaction: Redaction::default() }
    }
}

/// What a server says in a sign-in.
pub enum SaslAnswer {
    /// 334 with the rest of its line: it wants to hear more (RFC 4954, section 4).
    Challenge(Zeroizing<Vec<u8>>),
    Reply(Reply),
}

impl ReplyReader {
    /// Nothing has been read beyond the last reply.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// One reply; each of its lines goes into the transcript as it comes.
    pub async fn reply(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        transcript: &mut Transcript,
    ) -> Result<Reply, SmtpError> {
        let first = self.line(stream, transcript).await?;
        self.reply_from(first, stream, transcript).await
    }

    /// One reply or one challenge, of which the transcript keeps the code alone.
    pub async fn answer(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        transcript: &mut Transcript,
    ) -> Result<SaslAnswer, SmtpError> {
        let first = self.line(stream, transcript).await?;
        match first.strip_prefix(b"334") {
            None => self.reply_from(first, stream, transcript).await.map(SaslAnswer::Reply),
            Some(rest) => {
                transcript.server(format!("334 {HIDDEN}"));
                match rest.first() {
                    Some(b'-') => Err(FailureKind::ChallengeBad("its challenge has several lines".to_owned()).into()),
                    _ => Ok(SaslAnswer::Challenge(Zeroizing::new(rest.get(1..).unwrap_or_default().to_vec()))),
                }
            }
        }
    }

    /// The reply that begins with this line.
    async fn reply_from(
        &mut self,
        mut raw: Zeroizing<Vec<u8>>,
        stream: &mut (impl AsyncRead + Unpin),
        transcript: &mut Transcript,
    ) -> Result<Reply, SmtpError> {
        let mut lines: Vec<ReplyLine> = Vec::new();
        loop {
            if lines.len() == REPLY_LINES {
                return Err(FailureKind::ReplyTooLong(REPLY_LINES as u64).into());
            }
            let (code, text) = raw.split_at(raw.len().min(4));
            let covered = match self.redaction.cover(text) {
                Cow::Borrowed(_) => Cow::Borrowed(&raw[..]),
                Cow::Owned(text) => Cow::Owned([code, &text].concat()),
            };
            let shown = escape_controls(&covered);
            let line = ReplyLine::parse(&covered, &shown);
            transcript.server(shown);
            let Some(line) = line else {
                return Err(FailureKind::NotSmtp(sample(&covered)).into());
            };
            let (last, code) = (line.last, line.code);
            let same = lines.first().is_none_or(|first| first.code == code);
            lines.push(line);
            if !same {
                return Err(SmtpError { kind: FailureKind::UnexpectedReply, reply: Some(Reply::from_lines(lines)) });
            }
            if last {
                return Ok(Reply::from_lines(lines));
            }
            raw = self.line(stream, transcript).await?;
        }
    }

    /// One line without its end.
    async fn line(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        transcript: &mut Transcript,
    ) -> Result<Zeroizing<Vec<u8>>, SmtpError> {
        let mut searched = 0;
        loop {
            if !could_be_reply(&self.buffer) {
                return Err(self.not_smtp(stream, transcript).await.into());
            }
            if let Some(end) = self.buffer[searched..].iter().position(|&byte| byte == b'\n') {
                let end = searched + end;
                if end >= LINE_OCTETS {
                    return Err(FailureKind::LineTooLong(LINE_OCTETS as u64).into());
                }
                let mut line = Zeroizing::new(self.buffer.drain(..=end).collect::<Vec<u8>>());
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() >= LINE_OCTETS {
                return Err(FailureKind::LineTooLong(LINE_OCTETS as u64).into());
            }
            searched = self.buffer.len();
            if self.fill(stream).await? == 0 {
                return Err(FailureKind::Closed.into());
            }
        }
    }

    /// Reads once; 0 is the connection's end.
    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> Result<usize, SmtpError> {
        Ok(stream.read_buf(&mut *self.buffer).await.map_err(|error| broken(&error))?)
    }

    /// Samples what came instead of a reply, waiting a moment for the rest of its first line.
    async fn not_smtp(&mut self, stream: &mut (impl AsyncRead + Unpin), transcript: &mut Transcript) -> FailureKind {
        let rest = async {
            while self.buffer.len() < SAMPLE_OCTETS && !self.buffer.contains(&b'\n') {
                if !matches!(self.fill(stream).await, Ok(1..)) {
                    break;
                }
            }
        };
        // A moment without more is no fault of its own: what has come is shown.
        let _ = timeout(SAMPLE_WAIT, rest).await;
        let shown = sample(&self.redaction.cover_cut(&self.buffer));
        transcript.server(shown.clone());
        FailureKind::NotSmtp(shown)
    }
}

/// What is shown of something that is no reply: its first line; all that came where it is no text, as MySQL's packets.
pub fn sample(raw: &[u8]) -> String {
    let line = if raw.contains(&0) { raw } else { raw.split(|&byte| byte == b'\n').next().unwrap_or_default() };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    escape_controls(&line[..line.len().min(SAMPLE_OCTETS)])
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> Result<Reply, FailureKind> {
        let mut bytes = bytes;
        ReplyReader::default().reply(&mut bytes, &mut Transcript::new()).await.map_err(|fault| fault.kind)
    }

    #[tokio::test]
    async fn replies_are_read_as_servers_write_them() {
        let check = async |bytes: &[u8], code: u16, enhanced: Option<(u8, u16, u16)>, lines: &[&str]| {
            let lines = lines.iter().map(|&line| line.to_owned()).collect();
            assert_eq!(read(bytes).await, Ok(Reply { code, enhanced, lines }), "{}", escape_controls(bytes));
        };
        check(b"220 mx1.nordhavn.example ESMTP\r\n", 220, None, &["mx1.nordhavn.example ESMTP"]).await;
        check(b"250\r\n", 250, None, &[""]).await;
        check(b"250 \n", 250, None, &[""]).await;
        check(b"250-a\n250-b\n250 c\n", 250, None, &["a", "b", "c"]).await;
        check(b"550-5.1.1 No such\r\n550 5.1.1 user\r\n", 550, Some((5, 1, 1)), &["No such", "user"]).await;
        check(b"571 5.7.1 Refused\r\n", 571, Some((5, 7, 1)), &["Refused"]).await;
        check(b"250 2.0.0\r\n", 250, Some((2, 0, 0)), &[""]).await;
        check(b"250 5.0.0 of another class\r\n", 250, Some((5, 0, 0)), &["of another class"]).await;
        check(b"550 4.0.0 of another class\r\n", 550, None, &["4.0.0 of another class"]).await;
        check(b"250 2.0.0.1 version\r\n", 250, None, &["2.0.0.1 version"]).await;
        check(b"220 \x1b[2J\xff\r\n", 220, None, &["\\x1b[2J\\xff"]).await;
    }

    #[tokio::test]
    async fn what_is_no_reply_is_told_apart() {
        let check = async |bytes: &[u8], kind: FailureKind| {
            assert_eq!(read(bytes).await, Err(kind), "{}", sample(bytes));
        };
        let not = |shown: &str| FailureKind::NotSmtp(shown.to_owned());
        check(b"HTTP/1.1 400 Bad Request\r\nServer: x\r\n", not("HTTP/1.1 400 Bad Request")).await;
        check(b"* OK IMAP4rev1\r\n", not("* OK IMAP4rev1")).await;
        check(b"+OK POP3\r\n", not("+OK POP3")).await;
        check(b"SSH-2.0-OpenSSH_9.2\r\n", not("SSH-2.0-OpenSSH_9.2")).await;
        check(b"\x15\x03\x01\x00\x02\x02\x46", not("\\x15\\x03\\x01\\x00\\x02\\x02F")).await;
        check(b"2x", not("2x")).await;
        check(b"600 no\r\n", not("600 no")).await;
        check(b"\r\n", not("")).await;
        check(b"22\r\n", not("22")).await;
        check(b"", FailureKind::Closed).await;
        check(b"220 half a li", FailureKind::Closed).await;
        check(b"250-a\r\n251 b\r\n", FailureKind::UnexpectedReply).await;
        check(&[b"250 ".as_slice(), &[b'a'; 5_000]].concat(), FailureKind::LineTooLong(2_048)).await;
        check(&[b"250 ".as_slice(), &[b'a'; 2_044], b"\n"].concat(), FailureKind::LineTooLong(2_048)).await;
        check(&b"250-more\r\n".repeat(129), FailureKind::ReplyTooLong(128)).await;
    }

    #[tokio::test]
    async fn what_comes_behind_a_reply_is_kept_and_noticed() {
        let mut bytes: &[u8] = b"220 go\r\n250 injected\r\n";
        let (mut reader, mut transcript) = (ReplyReader::default(), Transcript::new());
        let first = reader.reply(&mut bytes, &mut transcript).await.map(|reply| reply.code);
        assert_eq!(first.map_err(|fault| fault.kind), Ok(220));
        assert!(!reader.is_empty());
    }
}
