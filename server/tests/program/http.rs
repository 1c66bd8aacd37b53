//! A small HTTP client that says exactly what a test wants said, and nothing else.

use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longer than any answer takes: a test that hangs ends.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The body, where it is no text.
    pub octets: Vec<u8>,
}

impl HttpResponse {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The cookie that the answer sets, with its attributes.
    pub fn cookie(&self) -> Option<&str> {
        self.header("set-cookie")
    }

    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Where a redirection leads.
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{self:?}");
        self.header("location").expect("a redirection says where")
    }

    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Somebody with a browser's manners: an origin and a cookie.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// `127.0.0.1:PORT`
    pub address: String,
    pub origin: Option<String>,
    /// `name=value; other=value`
    pub cookie: Option<String>,
    /// What the request names as its host, where that is not the address.
    pub host: Option<String>,
}

pub const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";

impl Visitor {
    pub fn new(address: &str) -> Self {
        let origin = Some(format!("http://{address}"));
        Self { address: address.to_owned(), origin, cookie: None, host: None }
    }

    /// As somebody who reaches the server by another name.
    pub fn by_name(&self, scheme: &str, host: &str) -> Self {
        Self { host: Some(host.to_owned()), origin: Some(format!("{scheme}://{host}")), ..self.clone() }
    }

    pub fn with_origin(&self, origin: Option<&str>) -> Self {
        Self { origin: origin.map(str::to_owned), ..self.clone() }
    }

    /// A page, as a browser asks for it.
    pub fn page(&self, path: &str) -> HttpResponse {
        answered(self.say("GET", path, &[("accept", HTML)], ""))
    }

    /// Calls a server function whose arguments are JSON.
    pub fn call(&self, function: &str, arguments: &Value) -> HttpResponse {
        let headers = [("accept", JSON), ("content-type", JSON)];
        answered(self.say("POST", &format!("/api/{function}"), &headers, &arguments.to_string()))
    }

    /// Posts a form as the WebAssembly does it.
    pub fn post<K: AsRef<str>, V: AsRef<str>>(&self, function: &str, form: &[(K, V)]) -> HttpResponse {
        answered(self.try_post(function, form))
    }

    pub fn try_post<K: AsRef<str>, V: AsRef<str>>(&self, function: &str, form: &[(K, V)]) -> io::Result<HttpResponse> {
        let headers = [("accept", JSON), ("content-type", FORM)];
        self.say("POST", &format!("/api/{function}"), &headers, &encoded(form))
    }

    /// Posts a form as a browser without scripts does it.
    pub fn post_plainly<K: AsRef<str>, V: AsRef<str>>(&self, function: &str, form: &[(K, V)]) -> HttpResponse {
        let headers = [("accept", HTML), ("content-type", FORM)];
        answered(self.say("POST", &format!("/api/{function}"), &headers, &encoded(form)))
    }

    /// Takes the cookies of an answer, and forgets those that it takes back.
    pub fn keep(&mut self, answer: &HttpResponse) {
        let mut kept: Vec<String> = self.cookie.iter().flat_map(|all| all.split("; ")).map(str::to_owned).collect();
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let name = pair.split('=').next().unwrap_or_default();
            kept.retain(|other| other.split('=').next() != Some(name));
            if !cookie.contains("Max-Age=0") {
                kept.push(pair.to_owned());
            }
        }
        self.cookie = (!kept.is_empty()).then(|| kept.join("; "));
    }

    /// What is kept under this name.
    pub fn cookie_named(&self, name: &str) -> Option<&str> {
        let mut pairs = self.cookie.as_deref()?.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Asks for a page whose answer goes on, and gives the connection to read it from.
    pub fn begin(&self, path: &str) -> TcpStream {
        let cookie = self.cookie.as_deref().unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).expect("the server listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        stream.write_all(format!("{head}cookie: {cookie}\r\n\r\n").as_bytes()).expect("the server reads");
        stream
    }

    pub fn say(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> io::Result<HttpResponse> {
        let host = self.host.as_ref().unwrap_or(&self.address);
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        let cookie = self.cookie.as_deref().map(|cookie| ("cookie", cookie));
        let origin = self.origin.as_deref().filter(|_| method != "GET").map(|origin| ("origin", origin));
        for (name, value) in headers.iter().copied().chain(cookie).chain(origin) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let is_chunked = headers.iter().any(|(name, _)| *name == "transfer-encoding");
        if method != "GET" && !is_chunked {
            text.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        // A server that refuses a request answers before it has read all of it, and may hang up.
        let written = stream.write_all(text.as_bytes());
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes);
        match parsed(&bytes) {
            Some(answer) => Ok(answer),
            None => Err(written.and(read).err().unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

#[track_caller]
pub fn answered(said: io::Result<HttpResponse>) -> HttpResponse {
    said.expect("the server answers")
}

fn encoded<K: AsRef<str>, V: AsRef<str>>(form: &[(K, V)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// None where the answer is not whole.
fn parsed(bytes: &[u8]) -> Option<HttpResponse> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let rest = &bytes[end + 4..];
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let body = match (header("content-length"), header("transfer-encoding")) {
        (Some(length), _) => rest.get(..length.parse().ok()?).unwrap_or_default().to_vec(),
        (None, Some("chunked")) => unchunked(rest)?,
        _ => rest.to_vec(),
    };
    let (body, octets) = match String::from_utf8(body) {
        Ok(text) => (text, Vec::new()),
        Err(other) => (String::from_utf8_lossy(other.as_bytes()).into_owned(), other.into_bytes()),
    };
    Some(HttpResponse { status, headers, body, octets })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let chunk = rest.get(end + 2..)?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk.get(..length)?);
        rest = chunk.get(length + 2..)?;
    }
}

/// Text as it stands between tags.
pub fn in_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
