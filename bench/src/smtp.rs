//! A test send over the least that lettre can do for the same message, and over swaks. lettre itself never sets
//! TCP_NODELAY: it gets a connection that has it, since without it would be measured by the 40 ms that it waits.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use backend::{Backend, Config, Database, message};
use futures_util::future::try_join_all;
use lettre::address::{Address, Envelope};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use model::{
    Acceptance, AccountDraft, AccountId, Actor, CertificateCheck, ConnectionSecurity, Footer, Host, Moment, Stage,
    TestSendDraft, Trust, YesNo,
};
use smtp::{OutgoingMessage, ProgressFeed, SendOptions, StageLimits, Target, send};
use tokio::net::TcpStream;

use crate::figure::{Figure, Times, ms, ratio, verdict};
use crate::server::{EMAIL, PASSWORD};
use crate::{Effort, sink};

pub const HELLO: &str = "posthouse.example";
/// Postfix of the tests takes mail for this domain alone.
pub const ADDRESS: &str = "to@example.test";
/// 2026-01-01, in microseconds.
pub const NOW: Moment = Moment(1_767_225_600_000_000);

const ROUNDS: u32 = 300;
const WARM: u32 = 5;
const POSTFIX_ROUNDS: u32 = 100;
const SWAKS_ROUNDS: u32 = 30;
const AT_ONCE: u32 = 100;
const MOST_OF_LETTRE: f64 = 1.3;
const MOST_OF_SWAKS: f64 = 0.5;

pub async fn measure(folder: &Path, effort: Effort) -> Result<()> {
    let use_case = UseCase::open(folder).await?;
    let sink = sink::start().await?;
    compare("a sink", sink, ConnectionSecurity::None, effort.of(ROUNDS), &use_case, folder, effort).await?;
    let postfix = std::env::var("POSTHOUSE_TEST_POSTFIX").context("POSTHOUSE_TEST_POSTFIX names no Postfix")?;
    // FOLDER:PORT:PORT:PORT
    let port = postfix.rsplit(':').nth(2).and_then(|port| port.parse().ok()).context("Postfix has no port")?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    for security in [ConnectionSecurity::None, ConnectionSecurity::StartTls] {
        let what = if security == ConnectionSecurity::None { "Postfix" } else { "Postfix by STARTTLS" };
        compare(what, address, security, effort.of(POSTFIX_ROUNDS), &use_case, folder, effort).await?;
    }
    at_once(&use_case, sink).await?;
    use_case.backend.close().await;
    Ok(())
}

/// Many tests at the same time, each of an account of its own.
async fn at_once(use_case: &UseCase, server: SocketAddr) -> Result<()> {
    let mut accounts = Vec::new();
    for n in 0..AT_ONCE {
        let sender = format!("bench+{n}@posthouse.example");
        let draft = draft(server, ConnectionSecurity::None);
        let draft = AccountDraft { name: format!("At once {n}"), return_path: sender.clone(), ..draft };
        accounts.push((use_case.save(&draft).await?, sender));
    }
    let begun = Instant::now();
    for (account, sender) in &accounts {
        use_case.send_from(*account, sender).await?;
    }
    let one_by_one = begun.elapsed();
    let begun = Instant::now();
    try_join_all(accounts.iter().map(|(account, sender)| use_case.send_from(*account, sender))).await?;
    let together = begun.elapsed();
    Figure {
        what: format!("{AT_ONCE} tests at once, each with its own transcript, over one after the other"),
        measured: ms(together),
        baseline: ms(one_by_one),
        ratio: format!("{:.2}", ratio(together, one_by_one)),
        limit: String::new(),
        verdict: "",
    }
    .print();
    Ok(())
}

async fn compare(
    what: &str,
    server: SocketAddr,
    security: ConnectionSecurity,
    rounds: u32,
    use_case: &UseCase,
    folder: &Path,
    effort: Effort,
) -> Result<()> {
    let draft = draft(server, security);
    let account = draft.parse().map_err(|errors| anyhow!("the account: {errors:?}"))?;
    let request = TestSendDraft::prefilled(ADDRESS).parse().map_err(|errors| anyhow!("the message: {errors:?}"))?;
    let letter = message::compose(&account, &Footer::default(), &request, NOW, HELLO).map_err(|why| anyhow!(why))?;
    let target = Target {
        host: Host::parse(&server.ip().to_string()).map_err(|why| anyhow!(why))?,
        port: server.port(),
        security,
        certificates: CertificateCheck::Ignore,
        trust: Trust::Machine,
        sign_in: None,
        proxy: None,
        egress: std::sync::Arc::default(),
    };
    let (lettre, limits) = (Lettre::new(server, security, &letter)?, StageLimits::default());
    let saved = use_case.save(&draft).await?;
    let (mut engine, mut whole, mut bare) = (Times::default(), Times::default(), Times::default());
    let mut stages: Vec<Times> = Stage::way(security).iter().map(|_| Times::default()).collect();
    for round in 0..rounds + WARM {
        // In turns, and who begins changes. The first rounds open what is opened once.
        for turn in 0..2 {
            let begun = Instant::now();
            if (round + turn) % 2 == 0 {
                // As the window begins it.
                let live = Arc::new(ProgressFeed::default());
                let report =
                    send(&target, &letter, &SendOptions { progress: Some(&live), ..SendOptions::new(HELLO, &limits) })
                        .await
                        .report;
                let took = begun.elapsed();
                ensure!(report.taken == Acceptance::Yes, "{what} did not take the message: {:?}", report.failure);
                if round >= WARM {
                    engine.push(took);
                    let each = stages.iter_mut().zip(report.stages);
                    each.for_each(|(times, stage)| times.push(Duration::from_micros(stage.took)));
                }
            } else {
                lettre.send().await?;
                let took = begun.elapsed();
                if round >= WARM {
                    bare.push(took);
                }
            }
        }
    }
    // By itself: it waits for the disk, and whoever comes next finds everything cold.
    for _ in 0..rounds {
        let begun = Instant::now();
        use_case.send(saved).await?;
        whole.push(begun.elapsed());
    }
    let named = Stage::way(security).iter().zip(&stages);
    let medians: Vec<_> = named.map(|(stage, times)| format!("{} {}", stage.label(), ms(times.median()))).collect();
    eprintln!("{what}: {}", medians.join(", "));
    print(&format!("a test send to {what}, over bare lettre"), &engine, &bare, Some(MOST_OF_LETTRE));
    print(&format!("the same with all that is kept of it, to {what}"), &whole, &bare, None);
    if security == ConnectionSecurity::None {
        let file = folder.join("message.eml");
        std::fs::write(&file, &letter.message)?;
        let mut swaks = Times::default();
        for _ in 0..effort.of(SWAKS_ROUNDS) {
            let file = file.clone();
            swaks.push(tokio::task::spawn_blocking(move || run_swaks(server, &file)).await??);
        }
        print(&format!("a test send to {what}, over swaks"), &engine, &swaks, Some(MOST_OF_SWAKS));
    }
    Ok(())
}

fn print(what: &str, ours: &Times, baseline: &Times, most: Option<f64>) {
    let (ours, rounds, baseline) = (ours.median(), ours.len(), baseline.median());
    let ratio = ratio(ours, baseline);
    Figure {
        what: format!("{what} ({rounds} sends, medians)"),
        measured: ms(ours),
        baseline: ms(baseline),
        ratio: format!("{ratio:.2}"),
        limit: most.map(|most| format!("{most}")).unwrap_or_default(),
        verdict: most.map_or("", |most| verdict(ratio <= most)),
    }
    .print();
}

pub fn draft(server: SocketAddr, security: ConnectionSecurity) -> AccountDraft {
    let address = "bench@posthouse.example".to_owned();
    AccountDraft {
        name: format!("Bench {} {security:?}", server.port()),
        sender: address.clone(),
        reply: address.clone(),
        return_path: address.clone(),
        confirmation: address,
        host: server.ip().to_string(),
        port: server.port().to_string(),
        safe_connection: YesNo::from(security != ConnectionSecurity::None),
        ignore_certificate: YesNo::Yes,
        authentication: YesNo::No,
        ..AccountDraft::default()
    }
}

/// All that the button does.
struct UseCase {
    backend: Backend,
    actor: Actor,
}

impl UseCase {
    async fn open(folder: &Path) -> Result<Self> {
        let database = Database::Sqlite { path: folder.join("smtp/posthouse.db") };
        let config = Config { tests_per_minute: u32::MAX, ..Config::new(database, HELLO) };
        let backend = Backend::open(config).await?;
        let actor = backend.add_user(EMAIL, PASSWORD.into()).await?;
        Ok(Self { backend, actor })
    }

    async fn save(&self, draft: &AccountDraft) -> Result<AccountId> {
        Ok(self.backend.create_account(&self.actor, draft).await?.id)
    }

    async fn send(&self, id: AccountId) -> Result<()> {
        let test = self.backend.send_test(&self.actor, id, &TestSendDraft::prefilled(ADDRESS)).await?;
        let taken = test.report.map(|report| report.taken);
        ensure!(taken == Some(Acceptance::Yes), "the message was not taken");
        Ok(())
    }

    /// The same, by an account whose envelope sender is this one: its transcript names no other.
    async fn send_from(&self, id: AccountId, sender: &str) -> Result<()> {
        let test = self.backend.send_test(&self.actor, id, &TestSendDraft::prefilled(ADDRESS)).await?;
        let report = test.report.context("the test has no result")?;
        ensure!(report.taken == Acceptance::Yes, "the message was not taken");
        let named: Vec<_> = report.transcript.iter().filter(|line| line.text.starts_with("MAIL FROM:")).collect();
        ensure!(named.len() == 1 && named[0].text.contains(sender), "the transcript is another's: {named:?}");
        Ok(())
    }
}

/// The conversation that lettre has by itself, over a connection with TCP_NODELAY.
struct Lettre {
    server: SocketAddr,
    tls: Option<TlsParameters>,
    hello: ClientId,
    envelope: Envelope,
    message: Vec<u8>,
}

impl Lettre {
    fn new(server: SocketAddr, security: ConnectionSecurity, letter: &OutgoingMessage) -> Result<Self> {
        let address = |text: &str| text.parse::<Address>().with_context(|| format!("{text} is no address"));
        let envelope = Envelope::new(
            Some(address(letter.envelope_from.as_str())?),
            vec![address(letter.recipients[0].as_str())?],
        )?;
        let tls = match security {
            ConnectionSecurity::None => None,
            ConnectionSecurity::StartTls | ConnectionSecurity::ImplicitTls => {
                let parameters = TlsParameters::builder(server.ip().to_string());
                Some(parameters.dangerous_accept_invalid_certs(true).build_rustls()?)
            }
        };
        let hello = ClientId::Domain(HELLO.to_owned());
        Ok(Self { server, tls, hello, envelope, message: letter.message.clone() })
    }

    async fn send(&self) -> Result<()> {
        let stream = TcpStream::connect(self.server).await?;
        stream.set_nodelay(true)?;
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await?;
        if let Some(tls) = &self.tls {
            connection.starttls(tls.clone(), &self.hello).await?;
        }
        connection.send(&self.envelope, &self.message).await?;
        connection.quit().await?;
        Ok(())
    }
}

/// The whole program, as a person would run it.
fn run_swaks(server: SocketAddr, message: &Path) -> Result<Duration> {
    let mut swaks = Command::new("swaks");
    swaks.args(["--silent", "3", "--helo", HELLO, "--from", "bench@posthouse.example", "--to", ADDRESS]);
    swaks.args(["--server", &server.to_string(), "--data"]).arg(format!("@{}", message.display()));
    let begun = Instant::now();
    let output = swaks.stdin(Stdio::null()).output().context("`swaks` could not be started")?;
    let took = begun.elapsed();
    ensure!(output.status.success(), "swaks failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(took)
}
