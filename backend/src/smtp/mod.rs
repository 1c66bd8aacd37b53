//! Stand-in.
use model::*;
use std::time::Duration;
pub struct Target {
    pub host: Host,
    pub port: u16,
    pub security: Security,
    pub certificates: CertificateCheck,
}
#[derive(Clone, Debug, Default)]
pub struct Limits {
    each: Option<Duration>,
}
impl Limits {
    pub fn each(each: Duration) -> Self {
        Self { each: Some(each) }
    }
}
pub struct Letter {
    pub envelope_from: EmailAddress,
    pub recipient: EmailAddress,
    pub message: Vec<u8>,
}
pub async fn send(target: &Target, letter: &Letter, _hello: &str, limits: &Limits) -> SmtpReport {
    let _ = (
        limits.each,
        letter.envelope_from.as_str(),
        letter.recipient.as_str(),
        letter.message.len(),
        &target.certificates,
    );
    let way = Stage::way(target.security);
    let connected = tokio::net::TcpStream::connect((target.host.as_str(), target.port)).await;
    let (taken, state, failure) = match connected {
        Ok(mut stream) => {
            let mut greeting = [0; 4];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut greeting).await;
            (Taken::Yes, StageState::Done, None)
        }
        Err(_) => (
            Taken::No,
            StageState::NotReached,
            Some(Failure { stage: Stage::Tcp, kind: FailureKind::ConnectionRefused, reply: None }),
        ),
    };
    let stages = way.iter().map(|s| StageReport { stage: *s, state, took: 1, fact: String::new() }).collect();
    SmtpReport { stages, transcript: vec![], taken, failure, final_reply: None, queue_id: None, tls: None, took: 1 }
}
