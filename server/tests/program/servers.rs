//! Servers of the test's own, which remember all that they hear: a mail server that one signs in to, and a SOCKS5
//! proxy.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::search::base64;

/// What a server heard.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("nobody panics with it").clone()
    }

    fn add(&self, bytes: &[u8]) {
        self.0.lock().expect("nobody panics with it").extend_from_slice(bytes);
    }
}

/// What a mail server makes of a sign-in.
#[derive(Clone)]
pub enum ServerBehaviour {
    Accepts,
    /// It refuses, and repeats the last line and this secret.
    Repeats(String),
}

/// Listens on a free port for as long as the test runs, and gives that port.
fn listen(serve: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            // A client that leaves in the middle of things ends its own connection alone.
            thread::spawn(move || serve(stream).ok());
        }
    });
    port
}

/// A mail server in clear text that offers one mechanism.
pub fn mail_server(mechanism: &'static str, behaviour: ServerBehaviour) -> (u16, Heard) {
    let heard = Heard::default();
    let all = heard.clone();
    (listen(move |stream| converse(stream, mechanism, &behaviour, &all)), heard)
}

/// The same with TLS from the first octet on, and a certificate that nobody knows.
pub fn encrypted_mail_server(mechanism: &'static str, behaviour: ServerBehaviour) -> (u16, Heard) {
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate can be made");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("ring knows them").with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![own.cert.der().clone()], key.into()).expect("they fit"));
    let heard = Heard::default();
    let all = heard.clone();
    let serve = move |stream| {
        let session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        converse(StreamOwned::new(session, stream), mechanism, &behaviour, &all)
    };
    (listen(serve), heard)
}

fn converse(stream: impl Read + Write, mechanism: &str, behaviour: &ServerBehaviour, heard: &Heard) -> io::Result<()> {
    let mut peer = Peer { stream: BufReader::new(stream), heard };
    peer.say("220 mx.nordhavn.example ESMTP")?;
    loop {
        let line = peer.line()?;
        match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => peer.say(&format!("250-mx.nordhavn.example\r\n250-8BITMIME\r\n250 AUTH {mechanism}"))?,
            "AUTH" => peer.sign_in(line, mechanism, behaviour)?,
            "DATA" => {
                peer.say("354 End data with <CR><LF>.<CR><LF>")?;
                while peer.line()? != "." {}
                peer.say("250 2.0.0 Ok: queued as 4XyZ1T2Jc3")?;
            }
            "QUIT" => return peer.say("221 2.0.0 Bye"),
            "" => return Ok(()),
            _ => peer.say("250 2.1.0 Ok")?,
        }
    }
}

struct Peer<'a, S> {
    stream: BufReader<S>,
    heard: &'a Heard,
}

impl<S: Read + Write> Peer<'_, S> {
    fn say(&mut self, text: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{text}\r\n").as_bytes())?;
        stream.flush()
    }

    /// The next line without its end; empty at the end of all.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        self.heard.add(line.as_bytes());
        Ok(line.trim_end().to_owned())
    }

    fn sign_in(&mut self, command: String, mechanism: &str, behaviour: &ServerBehaviour) -> io::Result<()> {
        let questions: &[&str] = match mechanism {
            "LOGIN" => &["Username:", "Password:"],
            "CRAM-MD5" => &["<1896.697170952@mx.nordhavn.example>"],
            _ => &[],
        };
        let mut last = command;
        for question in questions {
            // Each has a length that needs nothing to fill it up.
            assert_eq!(question.len() % 3, 0, "{question}");
            self.say(&format!("334 {}", base64(question.as_bytes())))?;
            last = self.line()?;
        }
        match behaviour {
            ServerBehaviour::Accepts => self.say("235 2.7.0 Authentication successful"),
            ServerBehaviour::Repeats(secret) => {
                let encoded = base64(secret.as_bytes());
                self.say(&format!("535-5.7.8 {last}\r\n535-5.7.8 {secret}\r\n535 5.7.8 {encoded}"))
            }
        }
    }
}

/// A SOCKS5 proxy that wants a user name and a password, takes each of them, and connects to this machine.
pub fn proxy() -> (u16, Heard) {
    let heard = Heard::default();
    let all = heard.clone();
    (listen(move |stream| relay(stream, &all)), heard)
}

fn relay(mut client: TcpStream, heard: &Heard) -> io::Result<()> {
    let some = |client: &mut TcpStream, count: usize| {
        let mut bytes = vec![0; count];
        client.read_exact(&mut bytes)?;
        heard.add(&bytes);
        io::Result::Ok(bytes)
    };
    let methods = some(&mut client, 2)?[1];
    some(&mut client, methods.into())?;
    client.write_all(&[5, 2])?;
    let name = some(&mut client, 2)?[1];
    let password = some(&mut client, usize::from(name) + 1)?[usize::from(name)];
    some(&mut client, password.into())?;
    client.write_all(&[1, 0])?;
    // VER, CMD, RSV, an address of IPv4, a port.
    let request = some(&mut client, 10)?;
    let server = TcpStream::connect(("127.0.0.1", u16::from_be_bytes([request[8], request[9]])))?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let copied = io::copy(&mut from_client, &mut to_server);
        copied.and(to_server.shutdown(std::net::Shutdown::Write))
    });
    let (mut from_server, mut to_client) = (server, client);
    io::copy(&mut from_server, &mut to_client)?;
    to_client.shutdown(std::net::Shutdown::Write)
}
