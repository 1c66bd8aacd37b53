//! A signed-in test send through a network connector, over the same without one; and the same for a bare connection
//! that is greeted and goes, so that what the proxy costs is told from what Posthouse adds to it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use backend::message;
use model::{
    Acceptance, CertificateCheck, ConnectionSecurity, ConnectorKind, Footer, Host, Mechanism, TestSendDraft, Trust,
};
use smtp::{Proxy, SendOptions, ServerSignIn, StageLimits, Target, send};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::figure::{Figure, Times, ms, ratio};
use crate::smtp::{ADDRESS, HELLO, NOW, draft};
use crate::{Effort, sink};

const ROUNDS: u32 = 300;
const WARM: u32 = 5;

pub async fn measure(effort: Effort) -> Result<()> {
    let sink = sink::start().await?;
    let request = TestSendDraft::prefilled(ADDRESS).parse().map_err(|errors| anyhow!("the message: {errors:?}"))?;
    let account = draft(sink, ConnectionSecurity::None).parse().map_err(|errors| anyhow!("the account: {errors:?}"))?;
    let letter = message::compose(&account, &Footer::default(), &request, NOW, HELLO).map_err(|why| anyhow!(why))?;
    let host = Host::parse("127.0.0.1").map_err(|why| anyhow!(why))?;
    let direct = Target {
        host: host.clone(),
        port: sink.port(),
        security: ConnectionSecurity::None,
        certificates: CertificateCheck::Verify,
        trust: Trust::Machine,
        sign_in: Some(ServerSignIn {
            user_name: "relay".to_owned(),
            secret: "correct horse battery".into(),
            mechanism: Some(Mechanism::Plain),
            plain_in_clear: true,
            verified_only: false,
        }),
        proxy: None,
        egress: std::sync::Arc::default(),
    };
    for kind in ConnectorKind::ALL {
        let at = start(kind).await?;
        let proxy = Proxy { kind, host: host.clone(), port: at.port(), resolves_names: false, sign_in: None };
        let through = Target { proxy: Some(proxy), ..direct.clone() };
        let limits = StageLimits::default();
        let options = SendOptions::new(HELLO, &limits);
        let mut times: [Times; 4] = Default::default();
        for round in 0..effort.of(ROUNDS) + WARM {
            // In turns, and who begins changes.
            for turn in 0..4u32 {
                let who = ((turn + round) % 4) as usize;
                let begun = Instant::now();
                match who {
                    0 | 1 => {
                        let report = send(if who == 0 { &direct } else { &through }, &letter, &options).await.report;
                        ensure!(report.taken == Acceptance::Yes, "not taken: {:?}", report.failure);
                    }
                    2 => greeted(TcpStream::connect(sink).await?).await?,
                    _ => greeted(bare(kind, at, sink).await?).await?,
                }
                if round >= WARM {
                    times[who].push(begun.elapsed());
                }
            }
        }
        let [direct, through, bare_direct, bare_through] = times.map(|times| times.median());
        let label = kind.label();
        Figure {
            what: format!("a signed-in test send through a {label} proxy, over the same without (medians)"),
            measured: ms(through),
            baseline: ms(direct),
            ratio: format!("{:.2}", ratio(through, direct)),
            ..Figure::default()
        }
        .print();
        let more = |through: Duration, direct: Duration| through.saturating_sub(direct);
        Figure {
            what: format!("what the {label} connector adds to it, over what the proxy adds to a bare connection"),
            measured: ms(more(through, direct)),
            baseline: ms(more(bare_through, bare_direct)),
            ratio: format!("{:.2}", ratio(more(through, direct), more(bare_through, bare_direct))),
            ..Figure::default()
        }
        .print();
    }
    Ok(())
}

async fn greeted(mut stream: TcpStream) -> Result<()> {
    let mut greeting = [0; 64];
    let octets = stream.read(&mut greeting).await?;
    ensure!(greeting[..octets].starts_with(b"220"), "no greeting");
    Ok(())
}

/// The least that it takes to get through the proxy.
async fn bare(kind: ConnectorKind, proxy: SocketAddr, to: SocketAddr) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(proxy).await?;
    stream.set_nodelay(true)?;
    match kind {
        ConnectorKind::Socks5 => {
            stream.write_all(&[5, 1, 0]).await?;
            stream.read_exact(&mut [0; 2]).await?;
            let [high, low] = to.port().to_be_bytes();
            stream.write_all(&[5, 1, 0, 1, 127, 0, 0, 1, high, low]).await?;
            stream.read_exact(&mut [0; 10]).await?;
        }
        ConnectorKind::HttpConnect => {
            stream.write_all(format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes()).await?;
            stream.read_exact(&mut [0; ESTABLISHED.len()]).await?;
        }
    }
    Ok(stream)
}

const ESTABLISHED: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";

/// A proxy that does as it is told, until the program ends.
async fn start(kind: ConnectorKind) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                // A client that goes early is its own measurement's failure.
                let _ = relay(kind, stream).await;
            });
        }
    });
    Ok(address)
}

async fn relay(kind: ConnectorKind, mut client: TcpStream) -> Result<()> {
    client.set_nodelay(true)?;
    let port = match kind {
        ConnectorKind::Socks5 => {
            let mut hello = [0; 2];
            client.read_exact(&mut hello).await?;
            client.read_exact(&mut vec![0; hello[1].into()]).await?;
            client.write_all(&[5, 0]).await?;
            // Version, command, reserved, IPv4.
            let mut request = [0; 10];
            client.read_exact(&mut request).await?;
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
            u16::from_be_bytes([request[8], request[9]])
        }
        ConnectorKind::HttpConnect => {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                ensure!(client.read_buf(&mut head).await? > 0, "the head ends early");
            }
            let head = String::from_utf8(head)?;
            let place = head.split(' ').nth(1).context("no place")?;
            client.write_all(ESTABLISHED).await?;
            place.rsplit_once(':').context("no port")?.1.parse()?
        }
    };
    let mut server = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
