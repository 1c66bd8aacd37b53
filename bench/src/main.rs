//! Measures Posthouse for `cargo xtask bench`, which names the programs and servers that this one needs. Each figure
//! is a line of JSON on standard output, as it is found; what happens meanwhile goes to standard error.

mod connector;
mod credentials;
mod export;
mod figure;
mod guessing;
mod http;
mod pages;
mod schedules;
mod server;
mod sign_in;
mod sink;
mod smtp;
mod store;
mod vault;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use server::Prepared;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    /// As the project's figures are given.
    Full,
    /// A tenth of it, to see that everything runs.
    Quick,
}

impl Effort {
    fn of(self, full: u32) -> u32 {
        match self {
            Self::Full => full,
            Self::Quick => (full / 10).max(1),
        }
    }
}

/// The accounts that are searched, unless `--accounts=N` says otherwise.
const ACCOUNTS: u64 = 100_000;

#[tokio::main]
async fn main() -> ExitCode {
    // On a thread of the pool, as what the server does: the main thread is woken up by another one.
    let measured = tokio::spawn(measure()).await;
    match measured.map_err(anyhow::Error::from).flatten() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<()> {
    let (mut effort, mut accounts, mut parts) = (Effort::Full, ACCOUNTS, Vec::new());
    for arg in std::env::args().skip(1) {
        match arg.split_once('=') {
            None if arg == "--quick" => effort = Effort::Quick,
            Some(("--accounts", number)) => accounts = number.parse().context("--accounts takes a number")?,
            _ => parts.push(arg),
        }
    }
    let folder = Folder::create()?;
    let mut prepared = None;
    let mut failed = Vec::new();
    for part in parts {
        eprintln!("=== {part}");
        // What fails does not keep the others from being measured.
        if let Err(error) = measure_part(&part, &folder.0, accounts, effort, &mut prepared).await {
            eprintln!("bench: {part}: {error:#}");
            failed.push(part);
        }
    }
    ensure!(failed.is_empty(), "not measured to the end: {}", failed.join(", "));
    Ok(())
}

async fn measure_part(
    part: &str,
    folder: &Path,
    accounts: u64,
    effort: Effort,
    prepared: &mut Option<Prepared>,
) -> Result<()> {
    match part {
        "store" => return store::measure(folder, accounts, effort).await,
        "export" => export::measure(folder, accounts, effort).await?,
        "credentials" => return credentials::measure(folder, effort).await,
        "vault" => return vault::measure(folder, effort).await,
        "connector" => return connector::measure(effort).await,
        "signin" => sign_in::measure(folder, effort).await?,
        "smtp" => return smtp::measure(folder, effort).await,
        _ => {}
    }
    let prepared = match prepared {
        Some(prepared) => prepared,
        none => none.insert(Prepared::new(folder, accounts).await?),
    };
    match part {
        "export" => export::measure_memory(prepared).await,
        "signin" => guessing::measure(prepared, effort).await,
        "wire" => pages::measure_wire(prepared),
        "http" => http::measure(prepared, effort).await,
        "schedules" => schedules::measure(prepared, folder, effort).await,
        "browser" => {
            pages::measure_typing(prepared, effort)?;
            pages::measure_first_stage(prepared, effort)
        }
        _ => bail!("there is nothing of this name to measure"),
    }
}

/// A temporary folder, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("posthouse-bench-{}", std::process::id()));
        std::fs::create_dir(&path).with_context(|| format!("{} can't be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::fs::remove_dir_all(&self.0).is_err() {
            eprintln!("{} could not be removed", self.0.display());
        }
    }
}
