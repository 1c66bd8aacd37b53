//! A mail server that keeps what it takes, and fails where it is told to.

use std::sync::{Arc, Mutex};

use model::{AccountDraft, YesNo};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::context::default_draft;

/// What it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailboxBehaviour {
    Accepts,
    /// "451" to MAIL.
    Defers,
    /// "550" to this recipient.
    Refuses(&'static str),
    /// This to MAIL.
    Rejects(&'static str),
    /// Takes the message, and says nothing.
    Vanishes,
    /// The same, and keeps the connection.
    IsSilent,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

impl Taken {
    pub fn header(&self, name: &str) -> String {
        let start = format!("{name}: ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("{name} in {}", self.text)).to_owned()
    }
}

pub struct Mailbox {
    port: u16,
    behaviour: Arc<Mutex<MailboxBehaviour>>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Mailbox {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it has one").port();
        let (behaviour, taken) = (Arc::new(Mutex::new(MailboxBehaviour::Accepts)), Arc::default());
        let mailbox = Self { port, behaviour: Arc::clone(&behaviour), taken: Arc::clone(&taken) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (behaviour, taken) = (behaviour.lock().expect("nothing panics").clone(), Arc::clone(&taken));
                // A client that leaves early ends the conversation.
                tokio::spawn(async move { converse(BufReader::new(stream), &behaviour, &taken).await });
            }
        });
        mailbox
    }

    pub fn becomes(&self, behaviour: MailboxBehaviour) {
        *self.behaviour.lock().expect("nothing panics") = behaviour;
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("nothing panics").clone()
    }

    /// An account that sends here, and is the default.
    pub fn account(&self, name: &str) -> AccountDraft {
        AccountDraft {
            host: "127.0.0.1".to_owned(),
            port: self.port.to_string(),
            safe_connection: YesNo::No,
            ..default_draft(name)
        }
    }
}

async fn converse(
    mut stream: BufReader<TcpStream>,
    behaviour: &MailboxBehaviour,
    kept: &Mutex<Vec<Taken>>,
) -> std::io::Result<()> {
    stream.write_all(b"220 mailbox.example ESMTP\r\n").await?;
    let mut message = Taken { from: String::new(), to: Vec::new(), text: String::new() };
    let (mut line, mut in_data) = (String::new(), false);
    while {
        line.clear();
        stream.read_line(&mut line).await?
    } > 0
    {
        let text = line.trim_end();
        let address = |line: &str| line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let reply = match text {
            "." if in_data => {
                in_data = false;
                kept.lock().expect("nothing panics").push(message.clone());
                match behaviour {
                    MailboxBehaviour::Vanishes => return Ok(()),
                    MailboxBehaviour::IsSilent => continue,
                    _ => "250 2.0.0 Ok: queued as 4ABC",
                }
            }
            _ if in_data => {
                message.text.push_str(&line);
                continue;
            }
            "DATA" => {
                in_data = true;
                "354 go on"
            }
            "QUIT" => "221 2.0.0 Bye",
            mail if mail.starts_with("MAIL") => match behaviour {
                MailboxBehaviour::Defers => "451 4.3.0 Not now",
                MailboxBehaviour::Rejects(reply) => reply,
                _ => {
                    message.from = address(mail);
                    "250 2.1.0 Ok"
                }
            },
            rcpt if rcpt.starts_with("RCPT") => match behaviour {
                MailboxBehaviour::Refuses(who) if address(rcpt) == *who => "550 5.1.1 Nobody of this name",
                _ => {
                    message.to.push(address(rcpt));
                    "250 2.1.5 Ok"
                }
            },
            _ => "250 8BITMIME",
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}
