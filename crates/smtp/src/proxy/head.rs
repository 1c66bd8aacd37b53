//! The head of an HTTP answer, read to its last octet and not beyond: what follows belongs to the tunnel.

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
pub struct Head {
    pub code: u16,
    /// The proxy's own words, made visible: "HTTP/1.1 200 Connection established".
    pub status_line: String,
    /// Names in small letters.
    fields: Vec<(String, String)>,
    version_1_0: bool,
}

impl Head {
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
pub async fn read(stream: &mut TcpStream, veil: &Redaction) -> Result<Head, SmtpError> {
    let mut octets = Vec::new();
    let mut chunk = [0; 2_048];
    loop {
        // Looked at before it is taken, so that nothing of the tunnel is.
        let there = stream.peek(&mut chunk).await.map_err(|error| broken(&error))?;
        if there == 0 {
            return Err(FailureKind::Closed.into());
        }
        let before = octets.len();
        octets.extend_from_slice(&chunk[..there]);
        let parsed = parse(&octets, veil)?;
        let end = parsed.as_ref().map_or(octets.len(), |(_, end)| *end);
        stream.read_exact(&mut chunk[..end - before]).await?;
        if let Some((head, _)) = parsed {
            return Ok(head);
        }
        if octets.len() > HEAD_OCTETS {
            return Err(FailureKind::LineTooLong(HEAD_OCTETS as u64).into());
        }
    }
}

/// The head, and where it ends; None while more of it is to come. A bare LF is taken for a line's end (RFC 9112,
/// section 2.2), and lines that are no fields are passed over.
fn parse(octets: &[u8], veil: &Redaction) -> Result<Option<(Head, usize)>, SmtpError> {
    let not_a_proxy = || FailureKind::NotAProxy(ConnectorKind::HttpConnect.proxy().to_owned());
    let mut fields = [httparse::EMPTY_HEADER; HEAD_LINES];
    let mut response = httparse::Response::new(&mut fields);
    let mut config = httparse::ParserConfig::default();
    config.ignore_invalid_headers_in_responses(true).allow_spaces_after_header_name_in_responses(true);
    let end = match config.parse_response(&mut response, octets) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(FailureKind::ReplyTooLong(HEAD_LINES as u64).into()),
        Err(_) => return Err(not_a_proxy().into()),
    };
    let code = response.code.filter(|code| (100..600).contains(code)).ok_or_else(not_a_proxy)?;
    let status_line = octets.split(|&octet| octet == b'\n').next().unwrap_or_default();
    let status_line = escape_controls(&veil.cover(status_line.strip_suffix(b"\r").unwrap_or(status_line)));
    let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
    let fields = response.headers.iter().map(|field| (field.name.to_ascii_lowercase(), text(field.value))).collect();
    Ok(Some((Head { code, status_line, fields, version_1_0: response.version == Some(0) }, end)))
}

/// The words of a head whose code refuses, with what it offers to sign in with.
pub fn words_with_offer(head: &Head, schemes: &[&str]) -> String {
    if schemes.is_empty() {
        head.status_line.clone()
    } else {
        format!("{}; it offers {}", head.status_line, escape_controls(schemes.join(", ").as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn head(text: &str) -> Head {
        let parsed = parse(text.as_bytes(), &Redaction::default()).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        parsed.expect("it is whole").0
    }

    proptest! {
        #[test]
        fn any_head_is_read_to_its_empty_line_or_refused(
            head in "HTTP/1\\.[01] [1-5][0-9]{2}( [ -~]{0,9})?\r?\n([a-z]{1,9}: ?[ -~]{0,20}\r?\n){0,5}\r?\n|\\PC{0,40}",
            tunnel in "[ -~\r\n]{0,9}",
        ) {
            let octets = [head.as_bytes(), tunnel.as_bytes()].concat();
            let parsed = parse(&octets, &Redaction::default());
            if head.starts_with("HTTP/1.") && head.ends_with('\n') {
                let (found, end) = parsed.ok().flatten().expect("a whole head");
                prop_assert_eq!(end, head.len());
                prop_assert_eq!(found.code.to_string(), &head[9..12]);
            } else {
                prop_assert!(!matches!(parsed, Ok(Some(_))));
            }
        }
    }

    #[test]
    fn a_status_line_is_read_or_refused() {
        let check = |line: &str, expected: Option<u16>| {
            let parsed = parse(format!("{line}\r\n\r\n220 mx").as_bytes(), &Redaction::default()).ok().flatten();
            assert_eq!(parsed.as_ref().map(|(head, _)| head.code), expected, "{line}");
            assert!(parsed.is_none_or(|(head, end)| head.status_line == line && end == line.len() + 4), "{line}");
        };
        check("HTTP/1.1 200 Connection established", Some(200));
        check("HTTP/1.0 407", Some(407));
        check("HTTP/1.1 2000 OK", None);
        check("HTTP/1.1 20", None);
        check("HTTP/1.1 999 no", None);
        check("HTTP/1.1200 OK", None);
        check("HTTP/2 200 OK", None);
        check("220 mx.example", None);
    }

    #[test]
    fn what_is_no_answer_is_told_by_its_first_octets() {
        assert!(parse(b"22", &Redaction::default()).is_err());
        assert!(matches!(parse(b"HTTP/1.1 200 OK\r\na: b\r\n\r", &Redaction::default()), Ok(None)));
        assert!(matches!(parse(b"", &Redaction::default()), Ok(None)));
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
