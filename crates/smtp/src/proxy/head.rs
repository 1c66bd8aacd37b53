//! The head of an HTTP answer, read to its last octet and not beyond: what follows belongs to the tunnel.
//!
//! Written by hand, since `httparse` skips empty lines before a head and refuses control characters in the proxy's own
//! words: what is no proxy would be waited for, and what a proxy says would not be shown.

use model::escape_controls::escape_controls;
use model::{ConnectorKind, FailureKind};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::super::error::{SmtpError, broken};
use super::super::redaction::Redaction;

/// The longest head, in octets.
const HEAD_OCTETS: usize = 16 * 1024;
/// The most lines of a head.
const HEAD_LINES: usize = 100;
/// The longest body that is read past, so that the connection can be used once more.
const BODY_OCTETS: usize = 64 * 1024;

#[derive(Debug)]
pub struct ResponseHead {
    pub code: u16,
    /// The proxy's own words, made visible: "HTTP/1.1 200 Connection established".
    pub status_line: String,
    /// Names in small letters.
    fields: Vec<(String, String)>,
    version_1_0: bool,
}

impl ResponseHead {
    /// Each value of a field, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The length of the body, where the connection can be used again behind it.
    fn body(&self) -> Option<usize> {
        let says = |word: &str| {
            let connection = self.all("connection").chain(self.all("proxy-connection"));
            connection.flat_map(|value| value.split(',')).any(|said| said.trim().eq_ignore_ascii_case(word))
        };
        let ends = says("close") || (self.version_1_0 && !says("keep-alive"));
        if ends || self.all("transfer-encoding").next().is_some() {
            return None;
        }
        self.all("content-length").next()?.trim().parse().ok().filter(|&octets| octets <= BODY_OCTETS)
    }

    /// Reads past the body. False where the connection is of no more use.
    pub async fn skip_body(&self, stream: &mut TcpStream) -> bool {
        let Some(mut left) = self.body() else { return false };
        let mut rest = [0; 2_048];
        while left > 0 {
            let part = left.min(rest.len());
            match stream.read(&mut rest[..part]).await {
                Ok(read @ 1..) => left -= read,
                _ => return false,
            }
        }
        true
    }
}

/// Reads one head.
pub async fn read(stream: &mut TcpStream, redaction: &Redaction) -> Result<ResponseHead, SmtpError> {
    let mut head = Vec::new();
    let mut chunk = [0; 2_048];
    loop {
        // Peeked at before it is read, so that nothing of the tunnel is.
        let there = stream.peek(&mut chunk).await.map_err(|error| broken(&error))?;
        if there == 0 {
            return Err(FailureKind::Closed.into());
        }
        let before = head.len();
        head.extend_from_slice(&chunk[..there]);
        let end = end_of(&head);
        let length = end.map_or(there, |end| end - before);
        stream.read_exact(&mut chunk[..length]).await?;
        head.truncate(before + length);
        if !could_be_status_line(&head) {
            return Err(not_a_proxy().into());
        }
        if end.is_some() {
            return parse(&head, redaction);
        }
        if head.len() > HEAD_OCTETS {
            return Err(FailureKind::LineTooLong(HEAD_OCTETS as u64).into());
        }
    }
}

fn not_a_proxy() -> FailureKind {
    FailureKind::NotAProxy(ConnectorKind::HttpConnect.proxy().to_owned())
}

/// Where the empty line ends. A bare LF is taken for a line's end (RFC 9112, section 2.2).
fn end_of(head: &[u8]) -> Option<usize> {
    let mut line = 0;
    for (at, _) in head.iter().enumerate().filter(|(_, octet)| **octet == b'\n') {
        if matches!(&head[line..at], b"" | b"\r") {
            return Some(at + 1);
        }
        line = at + 1;
    }
    None
}

fn could_be_status_line(head: &[u8]) -> bool {
    head.iter().zip(b"HTTP/1.").all(|(octet, expected)| octet == expected)
}

fn parse(head: &[u8], redaction: &Redaction) -> Result<ResponseHead, SmtpError> {
    let mut lines = head.split(|&octet| octet == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let Some((minor, code)) = status(first) else { return Err(not_a_proxy().into()) };
    let status_line = escape_controls(&redaction.cover(first));
    if lines.clone().count() > HEAD_LINES {
        return Err(FailureKind::ReplyTooLong(HEAD_LINES as u64).into());
    }
    let field = |line: &[u8]| -> Option<(String, String)> {
        let colon = line.iter().position(|&octet| octet == b':')?;
        let name = str::from_utf8(&line[..colon]).ok()?.to_ascii_lowercase();
        Some((name, String::from_utf8_lossy(&line[colon + 1..]).trim().to_owned()))
    };
    Ok(ResponseHead { code, status_line, fields: lines.filter_map(field).collect(), version_1_0: minor == b'0' })
}

/// The minor version and the code of "HTTP/1.1 200 Connection established".
fn status(line: &[u8]) -> Option<(u8, u16)> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let [minor @ b'0'..=b'9', b' ', digits @ ..] = rest else { return None };
    let (digits, behind) = digits.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(behind.first(), None | Some(b' ')) {
        return None;
    }
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    (100..600).contains(&code).then_some((*minor, code))
}

/// The words of a head whose code refuses, with what it offers to sign in with.
pub fn words_with_offer(head: &ResponseHead, schemes: &[&str]) -> String {
    if schemes.is_empty() {
        head.status_line.clone()
    } else {
        format!("{}; it offers {}", head.status_line, escape_controls(schemes.join(", ").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, proptest};

    use super::*;

    fn head(text: &str) -> ResponseHead {
        parse(text.as_bytes(), &Redaction::default()).unwrap_or_else(|fault| panic!("{text}: {fault:?}"))
    }

    proptest! {
        #[test]
        fn any_head_is_read_or_refused(head in "HTTP/1\\.[0-9] [0-9]{3}( [ -~]{0,9})?\r?\n([ -~]{0,20}\r?\n){0,5}|\\PC{0,40}") {
            let head = head.into_bytes();
            prop_assert!(end_of(&head).is_none_or(|end| head[..end].ends_with(b"\n")));
            if let Ok(head) = parse(&head, &Redaction::default()) {
                prop_assert!((100..600).contains(&head.code) && head.body().is_none_or(|octets| octets <= BODY_OCTETS));
            }
        }
    }

    #[test]
    fn a_head_ends_with_its_empty_line() {
        assert_eq!(end_of(b"HTTP/1.1 200 OK\r\n\r\n220 mx"), Some(19));
        assert_eq!(end_of(b"HTTP/1.1 200 OK\na: b\n\n220 mx"), Some(22));
        assert_eq!(end_of(b"HTTP/1.1 200 OK\r\na: b\r\n\r"), None);
        assert_eq!(end_of(b""), None);
    }

    #[test]
    fn a_status_line_is_read_or_refused() {
        let check = |line: &str, expected: Option<(u8, u16)>| assert_eq!(status(line.as_bytes()), expected, "{line}");
        check("HTTP/1.1 200 Connection established", Some((b'1', 200)));
        check("HTTP/1.0 407", Some((b'0', 407)));
        check("HTTP/1.1 2000 OK", None);
        check("HTTP/1.1 20", None);
        check("HTTP/1.1 999 no", None);
        check("HTTP/1.1200 OK", None);
        check("HTTP/2 200 OK", None);
    }

    #[test]
    fn a_connection_is_used_again_only_behind_a_body_of_known_length() {
        let check = |text: &str, body: Option<usize>| assert_eq!(head(text).body(), body, "{text}");
        check("HTTP/1.1 407 no\r\nContent-Length: 12\r\n\r\n", Some(12));
        check("HTTP/1.1 407 no\r\ncontent-length:0\r\n\r\n", Some(0));
        check("HTTP/1.1 407 no\r\n\r\n", None);
        check("HTTP/1.1 407 no\r\nContent-Length: 12\r\nConnection: x, Close\r\n\r\n", None);
        check("HTTP/1.1 407 no\r\nContent-Length: 12\r\nProxy-Connection: close\r\n\r\n", None);
        check("HTTP/1.1 407 no\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n", None);
        check("HTTP/1.1 407 no\r\nContent-Length: 70000\r\n\r\n", None);
        check("HTTP/1.0 407 no\r\nContent-Length: 12\r\n\r\n", None);
        check("HTTP/1.0 407 no\r\nContent-Length: 12\r\nConnection: keep-alive\r\n\r\n", Some(12));
    }
}
