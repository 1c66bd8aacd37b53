//! The optimised server, on a database that is filled beforehand, as a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use backend::{Backend, Config, Database};
use fixtures::Fixtures;
use model::{AccountDraft, TestSendDraft, YesNo};

pub const EMAIL: &str = "bench@posthouse.example";
pub const PASSWORD: &str = "correct horse battery";

/// A folder of data with accounts and somebody who signs in.
pub struct Prepared {
    data: PathBuf,
    binary: PathBuf,
    pub accounts: u64,
    /// The path of a test send's result.
    pub test_send: String,
}

impl Prepared {
    pub async fn new(folder: &Path, accounts: u64) -> Result<Self> {
        let binary = std::env::var_os("POSTHOUSE_BIN").context("POSTHOUSE_BIN names no server to measure")?;
        let data = folder.join("served");
        let database = Database::Sqlite { path: data.join("posthouse.db") };
        let config = Config::new(database, "posthouse.example");
        let backend = Backend::open(config.clone()).await?;
        let actor = backend.add_user(EMAIL, PASSWORD.into()).await?;
        fill(&Fixtures::connect(&config.store_options(), None).await?, accounts).await?;
        // One account more, for a result to look at: nothing listens on port 1.
        let address = "bench@posthouse.example".to_owned();
        let draft = AccountDraft {
            name: "Bench".to_owned(),
            sender: address.clone(),
            reply: address.clone(),
            return_path: address.clone(),
            confirmation: address.clone(),
            host: "127.0.0.1".to_owned(),
            port: "1".to_owned(),
            safe_connection: YesNo::No,
            authentication: YesNo::No,
            ..AccountDraft::default()
        };
        let account = backend.create_account(&actor, &draft).await?.id;
        let test = backend.send_test(&actor, account, &TestSendDraft::prefilled(&address)).await?;
        backend.close().await;
        let test_send = format!("/settings/email/smtp/{account}/tests/{}", test.id.0);
        Ok(Self { data, binary: binary.into(), accounts, test_send })
    }

    /// The same data, for what a test does beside the server.
    pub async fn open(&self) -> Result<Backend> {
        Ok(Backend::open(self.config()).await?)
    }

    pub async fn fixtures(&self) -> Result<Fixtures> {
        Ok(Fixtures::connect(&self.config().store_options(), None).await?)
    }

    fn config(&self) -> Config {
        Config::new(Database::Sqlite { path: self.data.join("posthouse.db") }, "posthouse.example")
    }

    pub fn start(&self) -> Result<Server> {
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&self.data);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let child = child.with_context(|| format!("{} could not be started", self.binary.display()))?;
        let mut server = Server { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let output = server.child.stdout.take().context("the server has no output")?;
        let mut first = String::new();
        BufReader::new(output).read_line(&mut first)?;
        let Some((_, address)) = first.trim().split_once("http://") else {
            bail!("the server did not say where it is, but: {first}");
        };
        server.address = address.parse().with_context(|| format!("{address} is no address"))?;
        Ok(server)
    }
}

/// Adds the generator's accounts, and says how long that took.
pub async fn fill(fixtures: &Fixtures, accounts: u64) -> Result<()> {
    let begun = Instant::now();
    fixtures.add_accounts(accounts).await?;
    eprintln!("{accounts} accounts made in {:.1} s", begun.elapsed().as_secs_f64());
    Ok(())
}

/// Ended when it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Octets of memory that the process holds.
    pub fn memory(&self) -> Result<i64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: i64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the measurement has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
