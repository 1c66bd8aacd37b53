//! A mail server that follows a script: well-behaved but for one fault, at one point of the conversation.

use std::time::Duration;

use base64ct::{Base64, Encoding};
use model::ConnectionSecurity;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::interval;
use tokio_rustls::TlsAcceptor;

use super::certificates::self_signed;
use super::sasl::{SECRET, SaslServer, SaslStep, Twist};

/// A point of the conversation where the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Greeting,
    Ehlo,
    StartTls,
    Handshake,
    EhloAgain,
    /// The answer to AUTH itself.
    Auth,
    /// The answers to the lines of the sign-in behind it.
    AuthSecond,
    AuthThird,
    Mail,
    Rcpt,
    Data,
    AfterDot,
    Quit,
}

/// What the server does there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Says this, and goes on.
    Say(&'static [u8]),
    /// Refuses, and repeats what it has just heard, and the secret.
    Echo,
    /// Says the usual after a while.
    Later(Duration),
    /// Says this and nothing more, and keeps the connection.
    Begin(&'static [u8]),
    /// Says nothing more, and keeps the connection.
    Hang,
    Drop,
    /// Sends the usual reply, one byte every 60 ms.
    Slowly,
    /// Sends letters without a line's end.
    EndlessLine,
    /// Sends lines that are always to be continued.
    EndlessReply,
}

/// A server for one connection.
#[derive(Clone)]
pub struct Script {
    pub security: ConnectionSecurity,
    /// What EHLO offers, in clear text and encrypted.
    pub offers: Vec<&'static str>,
    pub acts: Vec<(Point, Act)>,
    pub tls: TlsAcceptor,
    pub twist: Twist,
}

impl Script {
    pub fn new(security: ConnectionSecurity) -> Self {
        let tls = self_signed(&["localhost", "127.0.0.1"]);
        Self {
            security,
            offers: vec!["STARTTLS", "8BITMIME", "SMTPUTF8", "SIZE 1000000"],
            acts: Vec::new(),
            tls,
            twist: Twist::None,
        }
    }

    pub fn act(mut self, point: Point, act: Act) -> Self {
        self.acts.push((point, act));
        self
    }

    /// Starts the server on a free port. The handle gives what it heard.
    pub async fn start(self) -> (u16, JoinHandle<Heard>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let served = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            let mut heard = Heard::default();
            // The script ends early where the server drops the connection or the client goes.
            let _ = self.serve(stream, &mut heard).await;
            heard
        });
        (port, served)
    }

    async fn serve(&self, stream: TcpStream, heard: &mut Heard) -> Option<()> {
        stream.set_nodelay(true).ok()?;
        if self.security == ConnectionSecurity::ImplicitTls {
            return self.greet(self.handshake(stream).await?, heard).await;
        }
        let mut peer = Peer::new(stream);
        self.answer(&mut peer, Point::Greeting, b"220 mx1.nordhavn.example ESMTP\r\n").await?;
        self.answer_ehlo(&mut peer, Point::Ehlo, heard).await?;
        if self.security == ConnectionSecurity::None {
            return self.transaction(&mut peer, heard).await;
        }
        heard.commands.push(peer.line().await?);
        self.answer(&mut peer, Point::StartTls, b"220 2.0.0 Ready to start TLS\r\n").await?;
        let mut peer = Peer::new(self.handshake(peer.stream).await?);
        self.answer_ehlo(&mut peer, Point::EhloAgain, heard).await?;
        self.transaction(&mut peer, heard).await
    }

    async fn greet(&self, stream: impl ByteStream, heard: &mut Heard) -> Option<()> {
        let mut peer = Peer::new(stream);
        self.answer(&mut peer, Point::Greeting, b"220 mx1.nordhavn.example ESMTP\r\n").await?;
        self.answer_ehlo(&mut peer, Point::Ehlo, heard).await?;
        self.transaction(&mut peer, heard).await
    }

    async fn handshake(&self, mut stream: TcpStream) -> Option<tokio_rustls::server::TlsStream<TcpStream>> {
        if self.acts.iter().any(|(at, _)| *at == Point::Handshake) {
            // The client's hello comes first: what is sent before it would stand behind the reply to STARTTLS.
            if stream.read(&mut [0; 4_096]).await.ok()? == 0 {
                return None;
            }
            let mut peer = Peer::new(&mut stream);
            self.answer(&mut peer, Point::Handshake, b"220 this is clear text\r\n").await?;
            peer.until_end().await;
            return None;
        }
        self.tls.accept(stream).await.ok()
    }

    async fn answer_ehlo(&self, peer: &mut Peer<impl ByteStream>, point: Point, heard: &mut Heard) -> Option<()> {
        heard.commands.push(peer.line().await?);
        let mut lines = vec!["mx1.nordhavn.example"];
        lines.extend(self.offers.iter().filter(|offer| point == Point::Ehlo || **offer != "STARTTLS"));
        let last = lines.len() - 1;
        let mark = |i| if i == last { ' ' } else { '-' };
        let reply: String = lines.iter().enumerate().map(|(i, line)| format!("250{}{line}\r\n", mark(i))).collect();
        self.answer(peer, point, reply.as_bytes()).await
    }

    async fn transaction(&self, peer: &mut Peer<impl ByteStream>, heard: &mut Heard) -> Option<()> {
        loop {
            let line = peer.line().await?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            heard.commands.push(line);
            match verb.as_str() {
                "HELO" => peer.say(b"250 mx1.nordhavn.example\r\n").await?,
                "AUTH" => self.sign_in(peer, heard).await?,
                "MAIL" => self.answer(peer, Point::Mail, b"250 2.1.0 Ok\r\n").await?,
                "RCPT" => self.answer(peer, Point::Rcpt, b"250 2.1.5 Ok\r\n").await?,
                "DATA" => {
                    self.answer(peer, Point::Data, b"354 End data with <CR><LF>.<CR><LF>\r\n").await?;
                    heard.message = peer.message().await?;
                    self.answer(peer, Point::AfterDot, b"250 2.0.0 Ok: queued as 4XyZ1T2Jc3\r\n").await?;
                }
                "QUIT" => {
                    self.answer(peer, Point::Quit, b"221 2.0.0 Bye\r\n").await?;
                    peer.until_end().await;
                    return Some(());
                }
                _ => peer.say(b"500 5.5.2 Not known\r\n").await?,
            }
        }
    }

    /// Answers AUTH, which has just been heard.
    async fn sign_in(&self, peer: &mut Peer<impl ByteStream>, heard: &mut Heard) -> Option<()> {
        let command = heard.commands.last()?.clone();
        let mut words = command.split(' ').skip(1);
        let Some(mut server) = words.next().and_then(|mechanism| SaslServer::new(mechanism, self.twist)) else {
            return peer.say(b"504 5.5.4 Not known\r\n").await;
        };
        let mut response = words.next().and_then(|initial| Base64::decode_vec(initial).ok());
        for point in [Point::Auth, Point::AuthSecond, Point::AuthThird, Point::AuthThird] {
            let usual = match server.next(response) {
                SaslStep::Challenge(challenge) => format!("334 {}\r\n", Base64::encode_string(&challenge)),
                SaslStep::Accepted => "235 2.7.0 Authentication successful\r\n".to_owned(),
                SaslStep::Refused => "535 5.7.8 Authentication failed\r\n".to_owned(),
            };
            let act = self.acts.iter().find(|(at, _)| *at == point).map(|(_, act)| act);
            let says: &[u8] = match act {
                Some(Act::Say(text)) => text,
                Some(Act::Echo) => {
                    let line = heard.commands.last()?;
                    let encoded = Base64::encode_string(SECRET.as_bytes());
                    let text = format!("535-5.7.8 {line}\r\n535-5.7.8 {SECRET}\r\n535 5.7.8 {encoded}\r\n");
                    return peer.say(text.as_bytes()).await;
                }
                _ => usual.as_bytes(),
            };
            self.answer(peer, point, usual.as_bytes()).await?;
            if !says.starts_with(b"334") {
                return Some(());
            }
            let line = peer.line().await?;
            heard.commands.push(line.clone());
            if line == "*" {
                return peer.say(b"501 5.7.0 Broken off\r\n").await;
            }
            response = Base64::decode_vec(&line).ok();
        }
        peer.say(b"503 5.5.1 Enough\r\n").await
    }

    /// The usual reply, or what the script says instead. None ends the conversation.
    async fn answer(&self, peer: &mut Peer<impl ByteStream>, point: Point, usual: &[u8]) -> Option<()> {
        let act = self.acts.iter().find(|(at, _)| *at == point).map(|(_, act)| act);
        match act {
            None | Some(Act::Echo) => peer.say(usual).await,
            Some(Act::Say(text)) => peer.say(text).await,
            Some(Act::Later(pause)) => {
                tokio::time::sleep(*pause).await;
                peer.say(usual).await
            }
            Some(Act::Begin(text)) => {
                peer.say(text).await?;
                peer.until_end().await;
                None
            }
            Some(Act::Drop) => None,
            Some(Act::Hang) => {
                peer.until_end().await;
                None
            }
            Some(Act::Slowly) => {
                let mut now_and_then = interval(Duration::from_millis(60));
                for byte in usual {
                    now_and_then.tick().await;
                    peer.say(&[*byte]).await?;
                }
                Some(())
            }
            Some(Act::EndlessLine) => {
                peer.say(b"250 ").await?;
                loop {
                    peer.say(&[b'a'; 1_000]).await?;
                }
            }
            Some(Act::EndlessReply) => loop {
                peer.say(b"250-and more\r\n").await?;
            },
        }
    }
}

/// What a server heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// Each command, without its end.
    pub commands: Vec<String>,
    /// What came after DATA, as it travelled, with the final dot.
    pub message: Vec<u8>,
}

pub trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for T {}

struct Peer<S> {
    stream: S,
    read: Vec<u8>,
}

impl<S: ByteStream> Peer<S> {
    fn new(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    async fn say(&mut self, text: &[u8]) -> Option<()> {
        self.stream.write_all(text).await.ok()?;
        self.stream.flush().await.ok()
    }

    /// One line that ends with CRLF.
    async fn line(&mut self) -> Option<String> {
        let line = self.take_through(b"\r\n").await?;
        Some(String::from_utf8(line[..line.len() - 2].to_vec()).expect("commands are UTF-8"))
    }

    async fn message(&mut self) -> Option<Vec<u8>> {
        if self.read.is_empty() && self.stream.read_buf(&mut self.read).await.ok()? == 0 {
            return None;
        }
        if self.read.starts_with(b".\r\n") {
            self.take_through(b".\r\n").await
        } else {
            self.take_through(b"\r\n.\r\n").await
        }
    }

    async fn take_through(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end) {
                return Some(self.read.drain(..at + end.len()).collect());
            }
            if self.stream.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Until the client goes.
    async fn until_end(&mut self) {
        let mut rest = [0; 4_096];
        while matches!(self.stream.read(&mut rest).await, Ok(1..)) {}
    }
}
