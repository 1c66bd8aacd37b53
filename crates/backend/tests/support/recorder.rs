//! A stranger's server: it takes every sign-in and every message, and records all that it hears.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What a server heard, encrypted or not. What a proxy is told itself is not encrypted.
#[derive(Clone, Default)]
pub struct Recording {
    clear: Arc<Mutex<Vec<u8>>>,
    encrypted: Arc<Mutex<Vec<u8>>>,
}

impl Recording {
    pub fn clear(&self, secret: &str) -> bool {
        holds(&self.clear, secret)
    }

    pub fn encrypted(&self, secret: &str) -> bool {
        holds(&self.encrypted, secret)
    }

    pub fn anything(&self, secret: &str) -> bool {
        self.clear(secret) || self.encrypted(secret)
    }
}

/// As it is, and as PLAIN, LOGIN and Basic send it, behind whatever user name.
fn holds(heard: &Mutex<Vec<u8>>, secret: &str) -> bool {
    let heard = heard.lock().expect("no test panicked");
    let holds = |text: &[u8]| heard.windows(text.len()).any(|part| part == text);
    // Of base64, the part that what comes before and after does not change.
    let encoded = |before: usize| {
        let text = Base64::encode_string(format!("{}{secret}", "\0".repeat(before)).as_bytes());
        let from = (before * 4).div_ceil(3);
        text.trim_end_matches('=')[from..text.trim_end_matches('=').len() - 2].to_owned()
    };
    holds(secret.as_bytes()) || (0..3).any(|before| holds(encoded(before).as_bytes()))
}

/// Whether the server first lets itself be taken for a proxy that connects everywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ProxyRole {
    No,
    /// SOCKS5 or HTTP CONNECT, whichever the client begins with.
    Accepts,
    /// The same, and asks for a sign-in first.
    Asks,
}

/// A mail server in clear text or with TLS from the first byte, whichever the client begins with.
pub async fn recorder(address: SocketAddr, tls: TlsAcceptor, proxy: ProxyRole) -> (SocketAddr, Recording) {
    let listener = TcpListener::bind(address).await.expect("the address is free");
    let (address, heard) = (listener.local_addr().expect("it has one"), Recording::default());
    let recorded = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (tls, heard) = (tls.clone(), recorded.clone());
            // Clients leave in the middle of things: that is what this is about.
            tokio::spawn(async move { serve(stream, tls, proxy, heard).await.ok() });
        }
    });
    (address, heard)
}

async fn serve(mut stream: TcpStream, tls: TlsAcceptor, proxy: ProxyRole, heard: Recording) -> std::io::Result<()> {
    if proxy != ProxyRole::No {
        let mut first = [0];
        stream.peek(&mut first).await?;
        match first {
            [5] => socks5(&mut stream, proxy, &heard.clear).await?,
            _ => http_connect(&mut stream, proxy, &heard.clear).await?,
        }
    }
    let mut first = [0];
    // Who speaks TLS begins; who speaks clear text waits for the greeting.
    let begun = tokio::time::timeout(Duration::from_millis(30), stream.peek(&mut first)).await;
    match (begun.is_ok(), first) {
        (true, [0x16]) => talk(tls.accept(stream).await?, &heard.encrypted).await,
        _ => talk(stream, &heard.clear).await,
    }
}

async fn take(stream: &mut TcpStream, count: usize, heard: &Mutex<Vec<u8>>) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).await?;
    heard.lock().expect("no test panicked").extend(&bytes);
    Ok(bytes)
}

/// RFC 1928, and RFC 1929 where a sign-in is asked for and offered.
async fn socks5(stream: &mut TcpStream, proxy: ProxyRole, heard: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let methods = take(stream, 2, heard).await?[1].into();
    let asks = proxy == ProxyRole::Asks && take(stream, methods, heard).await?.contains(&2);
    if proxy == ProxyRole::Accepts {
        take(stream, methods, heard).await?;
    }
    stream.write_all(&[5, if asks { 2 } else { 0 }]).await?;
    if asks {
        let user = take(stream, 2, heard).await?[1].into();
        take(stream, user, heard).await?;
        let password = take(stream, 1, heard).await?[0].into();
        take(stream, password, heard).await?;
        stream.write_all(&[1, 0]).await?;
    }
    let length = match take(stream, 4, heard).await?[3] {
        1 => 4,
        4 => 16,
        _ => take(stream, 1, heard).await?[0].into(),
    };
    take(stream, length + 2, heard).await?;
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await
}

/// RFC 9110, section 9.3.6; asks for Basic (RFC 7617) where it asks.
async fn http_connect(stream: &mut TcpStream, proxy: ProxyRole, heard: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(take(stream, 1, heard).await?);
        }
        let signs_in = head.windows(20).any(|part| part.eq_ignore_ascii_case(b"proxy-authorization:"));
        if proxy == ProxyRole::Accepts || signs_in {
            return stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await;
        }
        let asks = b"HTTP/1.1 407 Sign in\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(asks).await?;
    }
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, heard: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    stream.write_all(b"220 recorder.example ESMTP\r\n").await?;
    let (mut line, mut in_data) = (Vec::new(), false);
    loop {
        let byte = stream.read_u8().await?;
        heard.lock().expect("no test panicked").push(byte);
        line.push(byte);
        if byte != b'\n' {
            continue;
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        let reply: &[u8] = match text.split(' ').next().unwrap_or_default() {
            "." if in_data => {
                in_data = false;
                b"250 2.0.0 Ok\r\n"
            }
            _ if in_data => continue,
            "EHLO" => b"250-recorder.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
            "AUTH" if text == "AUTH LOGIN" => b"334 VXNlcm5hbWU6\r\n",
            "AUTH" => b"235 2.7.0 Ok\r\n",
            "DATA" => {
                in_data = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 2.0.0 Bye\r\n",
            "MAIL" | "RCPT" => b"250 2.1.0 Ok\r\n",
            // The two answers of LOGIN.
            "cmVsYXk=" | "c3RyYW5nZXI=" => b"334 UGFzc3dvcmQ6\r\n",
            _ => b"235 2.7.0 Ok\r\n",
        };
        stream.write_all(reply).await?;
    }
}
