//! Proxies that follow a script, and for the rest do what they should: they connect to a mail server and pass on what
//! is said.

use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use model::{Acceptance, ConnectionSecurity, ConnectorKind, FailureKind, Host, SmtpReport, Stage, StageState};
use smtp::{Proxy, ProxySignIn, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::interval;

use super::sasl::{SECRET, USER};
use super::{HELLO, letter, limits, patient, send, target};

pub const HTTP: ConnectorKind = ConnectorKind::HttpConnect;
pub const SOCKS: ConnectorKind = ConnectorKind::Socks5;
pub const ESTABLISHED: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";
pub const NO_SIGN_IN: &[u8] = b"\x05\x00";
pub const CONNECTED: &[u8] = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38";
const LATEST: Duration = Duration::from_secs(5);

/// A connector that leads to this machine, and resolves names itself.
pub fn proxy(kind: ConnectorKind, port: u16) -> Proxy {
    let host = Host::parse("127.0.0.1").expect("an address");
    Proxy { kind, host, port, resolves_names: true, sign_in: None }
}

/// With the one user that a scripted proxy knows.
pub fn proxy_sign_in() -> ProxySignIn {
    ProxySignIn { user_name: USER.to_owned(), secret: SECRET.into() }
}

/// What a proxy does when it is its turn to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyStep {
    /// Says this.
    Say(Vec<u8>),
    /// Says this, one octet every 60 ms.
    Slowly(Vec<u8>),
    /// Says this, and ends the connection: the next step is for the next one.
    Last(Vec<u8>),
    /// Says this, connects to the mail server on this port of the machine, and passes on.
    Tunnel(Vec<u8>, u16),
    /// Says this together with what the mail server says first.
    TunnelAtOnce(Vec<u8>, u16),
    Hang,
    Close,
}

impl ProxyStep {
    pub fn say(text: &[u8]) -> Self {
        Self::Say(text.to_vec())
    }
}

/// Starts a proxy on a free port. Before each step it listens to what is said to it: the handle gives that.
pub async fn start(steps: Vec<ProxyStep>) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let served = tokio::spawn(async move {
        let mut heard = Vec::new();
        let mut steps = steps.into_iter();
        'connections: while steps.len() > 0 {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            for step in steps.by_ref() {
                let mut said = vec![0; 16 * 1024];
                let Ok(octets @ 1..) = stream.read(&mut said).await else { break 'connections };
                said.truncate(octets);
                heard.push(said);
                if take_turn(&mut stream, step).await.is_none() {
                    continue 'connections;
                }
            }
        }
        heard
    });
    (port, served)
}

/// None where the connection is over.
async fn take_turn(stream: &mut TcpStream, step: ProxyStep) -> Option<()> {
    match step {
        ProxyStep::Say(text) => stream.write_all(&text).await.ok(),
        ProxyStep::Slowly(text) => {
            let mut now_and_then = interval(Duration::from_millis(60));
            for octet in text {
                now_and_then.tick().await;
                stream.write_all(&[octet]).await.ok()?;
            }
            Some(())
        }
        ProxyStep::Last(text) => {
            stream.write_all(&text).await.ok()?;
            stream.shutdown().await.ok()?;
            None
        }
        ProxyStep::Tunnel(text, port) => {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
            stream.write_all(&text).await.ok()?;
            // How it ends is the client's and the server's matter.
            let _ = copy_bidirectional(stream, &mut server).await;
            None
        }
        ProxyStep::TunnelAtOnce(mut text, port) => {
            let mut server = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
            let mut greeting = vec![0; 2_048];
            let octets = server.read(&mut greeting).await.ok()?;
            text.extend_from_slice(&greeting[..octets]);
            stream.write_all(&text).await.ok()?;
            let _ = copy_bidirectional(stream, &mut server).await;
            None
        }
        ProxyStep::Hang => {
            let mut rest = [0; 4_096];
            while matches!(stream.read(&mut rest).await, Ok(1..)) {}
            None
        }
        ProxyStep::Close => None,
    }
}

/// The secret stands in none of its spellings there.
pub fn no_secret(seen: &str) {
    let in_json = serde_json::to_string(SECRET).expect("a text is JSON");
    let digits: String = SECRET.bytes().map(|octet| format!("{octet:02x}")).collect();
    for canary in
        ["canary", "s3cret", "%20%25", in_json.trim_matches('"'), &Base64::encode_string(SECRET.as_bytes()), &digits]
    {
        assert!(!seen.contains(canary), "{canary} stands in {seen}");
    }
}

/// Sends through a proxy that takes these steps, to a name that it alone knows.
pub async fn run(kind: ConnectorKind, with: Option<ProxySignIn>, steps: Vec<ProxyStep>) -> (SmtpReport, Vec<Vec<u8>>) {
    let limits = if steps.iter().any(|step| matches!(step, ProxyStep::Hang | ProxyStep::Slowly(_))) {
        limits(Stage::Connector)
    } else {
        patient()
    };
    let (port, served) = start(steps).await;
    let host = Host::parse("mx.nordhavn.example").expect("a name");
    let proxy = Proxy { sign_in: with, ..proxy(kind, port) };
    let target = Target { host, proxy: Some(proxy), ..target(25, ConnectionSecurity::None) };
    let begun = Instant::now();
    let report = send(&target, &letter(), HELLO, &limits).await;
    assert!(begun.elapsed() < LATEST);
    no_secret(&format!("{} {report:?} {target:?}", serde_json::to_string(&report).expect("a report is JSON")));
    (report, served.await.expect("the proxy ends"))
}

/// Why the way ended at the connector, and nothing followed.
pub fn failure(report: &SmtpReport) -> FailureKind {
    let failure = report.failure.clone().unwrap_or_else(|| panic!("it fails: {report:?}"));
    assert_eq!((failure.stage, report.taken), (Stage::Connector, Acceptance::No));
    for entry in report.stages.iter().filter(|entry| !matches!(entry.stage, Stage::Settings | Stage::Connector)) {
        assert_eq!(entry.state, StageState::NotReached, "{entry:?}");
    }
    failure.kind
}

/// A send that fails like this.
pub async fn fails(kind: ConnectorKind, with: Option<ProxySignIn>, steps: Vec<ProxyStep>, expected: FailureKind) {
    let case = format!("{kind:?}, {steps:?}");
    let (report, _) = run(kind, with, steps).await;
    assert_eq!(failure(&report), expected, "{case}");
}

/// What was said to the proxy, and by it.
pub fn notes(report: &SmtpReport) -> Vec<&str> {
    report.transcript.iter().map(|line| line.text.as_str()).filter(|text| text.contains("roxy:")).collect()
}
