//! How many reports the server gives in a second, and whether its memory grows meanwhile.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;

use crate::Effort;
use crate::figure::{Figure, Times, mb, verdict};
use crate::server::{EMAIL, PASSWORD, Prepared};

const CONNECTIONS: usize = 8;
const REQUESTS: u32 = 100_000;
/// A server that is slower than that ends the run early, and the figure says so.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
const REPORT_TITLE: &str = "<title>SMTP configuration · Posthouse</title>";
/// Requests after which a server has opened its connections and filled its caches.
const WARM: u64 = 2_000;

pub async fn measure(prepared: &Prepared, effort: Effort) -> Result<()> {
    let server = prepared.start()?;
    let at_rest = server.memory()?;
    let cookie = sign_in(server.address).await?;
    let report = Request::get(server.address, "/settings/email/smtp", Some(&cookie), "gzip, deflate, br");
    let plain = Request::get(server.address, "/settings/email/smtp", Some(&cookie), "identity").expecting(REPORT_TITLE);
    let health = Request::get(server.address, "/livez", None, "identity");
    let count = u64::from(effort.of(REQUESTS));

    let start = run(server.address, &plain, WARM).await?;
    run(server.address, &report, WARM).await?;
    let warm = server.memory()?;
    let first = run(server.address, &report, count / 2).await?;
    let half = server.memory()?;
    let second = run(server.address, &report, count / 2).await?;
    let end = server.memory()?;
    let bare = run(server.address, &health, count).await?;

    let (done, took) = (first.done + second.done, first.took + second.took);
    let (rate, bare_rate) = (done as f64 / took.as_secs_f64(), bare.done as f64 / bare.took.as_secs_f64());
    Figure {
        what: format!("signed-in reports a second, {CONNECTIONS} connections, {done} requests, over /livez"),
        measured: format!("{rate:.0}"),
        baseline: format!("{bare_rate:.0}"),
        ratio: format!("{:.3}", rate / bare_rate),
        ..Figure::default()
    }
    .print();
    let refused = start.refused + first.refused + second.refused;
    Figure {
        what: format!(
            "of these, and of {} before them whose title was read, not answered as they should be",
            start.done
        ),
        measured: refused.to_string(),
        limit: "0".to_owned(),
        verdict: verdict(refused == 0),
        ..Figure::default()
    }
    .print();
    let accounts = prepared.accounts;
    Figure {
        what: format!("the server's memory, with {accounts} accounts: warm, over at rest"),
        measured: mb(warm),
        baseline: mb(at_rest),
        ratio: format!("{:.2}", warm as f64 / at_rest as f64),
        ..Figure::default()
    }
    .print();
    Figure {
        what: format!("its growth over {done} reports, over that of their first half"),
        measured: mb(end - warm),
        baseline: mb(half - warm),
        ..Figure::default()
    }
    .print();
    Ok(())
}

/// How long each of so many reports takes, one after the other, until it has ended.
pub async fn reports(server: SocketAddr, count: u32, ended: &AtomicBool) -> Result<Times> {
    let cookie = sign_in(server).await?;
    let report = Request::get(server, "/settings/email/smtp", Some(&cookie), "gzip, deflate, br");
    let mut client = Client::connect(server).await?;
    let mut times = Times::default();
    while times.len() < count as usize && !ended.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = client.ask(&report).await?;
        ensure!(answer.status == 200, "the report answered {}", answer.status);
        times.push(begun.elapsed());
    }
    Ok(times)
}

#[derive(Default)]
struct Run {
    done: u64,
    /// Answered with something else than 200.
    refused: u64,
    took: Duration,
}

/// Asks the same thing `count` times, over several connections that stay open.
async fn run(server: SocketAddr, request: &Request, count: u64) -> Result<Run> {
    let begun = Instant::now();
    let asked = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (request, asked) = (request.clone(), Arc::clone(&asked));
        clients.spawn(async move {
            let mut client = Client::connect(server).await?;
            let (mut done, mut refused) = (0, 0);
            while asked.fetch_add(1, Ordering::Relaxed) < count && begun.elapsed() < PATIENCE {
                let answer = client.ask(&request).await?;
                done += 1;
                refused += u64::from(answer.status != 200 || !client.said(request.expects));
            }
            anyhow::Ok((done, refused))
        });
    }
    let mut run = Run::default();
    while let Some(client) = clients.join_next().await {
        let (done, refused) = client??;
        run.done += done;
        run.refused += refused;
    }
    run.took = begun.elapsed();
    Ok(run)
}

/// The session's cookie, as a form without scripts gets it.
pub async fn sign_in(server: SocketAddr) -> Result<String> {
    let answer = Client::connect(server).await?.ask(&Request::sign_in(server, PASSWORD, None)).await?;
    answer.cookie("posthouse").with_context(|| format!("nobody was signed in: {}", answer.head))
}

#[derive(Clone)]
pub struct Request {
    text: Arc<str>,
    /// What the body holds; empty for whatever it is.
    expects: &'static str,
}

impl Request {
    /// As a browser asks for it.
    pub fn get(server: SocketAddr, path: &str, cookie: Option<&str>, codings: &str) -> Self {
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: text/html\r\n");
        let text = format!("{head}Accept-Encoding: {codings}\r\n{cookie}\r\n").into();
        Self { text, expects: "" }
    }

    /// The form of the sign-in page.
    pub fn sign_in(server: SocketAddr, password: &str, cookie: Option<&str>) -> Self {
        let form = format!("email={}&password={}", EMAIL.replace('@', "%40"), password.replace(' ', "+"));
        let cookie = cookie.map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let text = format!(
            "POST /api/sign_in HTTP/1.1\r\nHost: {server}\r\nOrigin: http://{server}\r\nAccept: text/html\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{cookie}Content-Length: {}\r\n\r\n{form}",
            form.len()
        );
        Self { text: text.into(), expects: "" }
    }

    /// The same, answered by a status rather than by the next page.
    pub fn for_a_program(self) -> Self {
        Self { text: self.text.replace("Accept: text/html", "Accept: application/json").into(), ..self }
    }

    fn expecting(self, expects: &'static str) -> Self {
        Self { expects, ..self }
    }
}

pub struct Answer {
    pub status: u16,
    head: String,
}

impl Answer {
    /// `name=value`, where the answer sets a cookie of this name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut set = lines.filter(|(header, _)| header.eq_ignore_ascii_case("set-cookie"));
        set.find_map(|(_, value)| {
            let pair = value.trim().split(';').next()?;
            (pair.split_once('=')?.0 == name).then(|| pair.to_owned())
        })
    }
}

/// As much of HTTP/1.1 as it takes to read answers (RFC 9112, sections 6 and 7).
pub struct Client {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Client {
    pub async fn connect(server: SocketAddr) -> Result<Self> {
        Self::over(TcpStream::connect(server).await?)
    }

    /// From one of this machine's addresses.
    pub async fn connect_from(from: IpAddr, server: SocketAddr) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        Self::over(socket.connect(server).await?)
    }

    fn over(stream: TcpStream) -> Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), body: Vec::new() })
    }

    pub async fn ask(&mut self, request: &Request) -> Result<Answer> {
        self.stream.write_all(request.text.as_bytes()).await?;
        self.body.clear();
        let mut head = String::new();
        loop {
            let before = head.len();
            ensure!(self.stream.read_line(&mut head).await? > 0, "the server ended the connection");
            if head[before..].trim().is_empty() {
                break;
            }
        }
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).context("no status line")?;
        let lower = head.to_ascii_lowercase();
        let header = |name: &str| lower.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        match (header("transfer-encoding:"), header("content-length:")) {
            (Some("chunked"), _) => while self.chunk().await? {},
            (_, Some(length)) => self.read(length.parse()?).await?,
            _ => bail!("an answer without a length"),
        }
        Ok(Answer { status, head })
    }

    /// Reads a chunk; the last one is empty.
    async fn chunk(&mut self) -> Result<bool> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        let octets = usize::from_str_radix(line.trim(), 16).with_context(|| format!("{line:?} is no chunk"))?;
        self.read(octets).await?;
        self.stream.read_line(&mut line).await?;
        Ok(octets > 0)
    }

    async fn read(&mut self, octets: usize) -> Result<()> {
        let start = self.body.len();
        self.body.resize(start + octets, 0);
        self.stream.read_exact(&mut self.body[start..]).await?;
        Ok(())
    }

    /// Whether the last body holds a text.
    fn said(&self, text: &str) -> bool {
        text.is_empty() || self.body.windows(text.len()).any(|part| part == text.as_bytes())
    }
}
