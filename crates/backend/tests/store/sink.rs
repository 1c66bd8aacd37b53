//! A mail server for tests of what is kept.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A mail server that takes everything, once it is let.
pub struct Sink {
    pub port: u16,
    pub answers: watch::Sender<bool>,
}

impl Sink {
    pub async fn new(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it has one").port();
        let (sender, receiver) = watch::channel(answers);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut may = receiver.clone();
                tokio::spawn(async move {
                    may.wait_for(|answers| *answers).await.expect("the test goes on");
                    // A client that leaves early ends the conversation.
                    let _left = converse(BufReader::new(stream)).await;
                });
            }
        });
        Self { port, answers: sender }
    }
}

async fn converse(mut stream: BufReader<tokio::net::TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"220 sink.example ESMTP\r\n").await?;
    let (mut line, mut in_data) = (String::new(), false);
    while {
        line.clear();
        stream.read_line(&mut line).await?
    } > 0
    {
        let reply: &[u8] = match line.trim_end() {
            "." if in_data => {
                in_data = false;
                b"250 2.0.0 Ok: queued as 4ABC\r\n"
            }
            _ if in_data => continue,
            "DATA" => {
                in_data = true;
                b"354 go ahead\r\n"
            }
            "QUIT" => b"221 2.0.0 bye\r\n",
            _ => b"250 2.1.0 Ok\r\n",
        };
        stream.write_all(reply).await?;
    }
    Ok(())
}
