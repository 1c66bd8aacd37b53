//! Measures Posthouse for `cargo xtask bench`, which names the programs and servers that this one needs. Each figure
//! is a line of JSON on standard output, as it is found; what happens meanwhile goes to standard error.

mod figure;
mod http;
mod pages;
mod server;
mod sign_in;
mod sink;
mod smtp;
mod store;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

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
async fn main() -> Result<()> {
    // On a thread of the pool, as what the server does: the main thread is woken up by another one.
    tokio::spawn(measure()).await?
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
    for part in &parts {
        eprintln!("=== {part}");
        match part.as_str() {
            "store" => store::measure(&folder.0, accounts, effort).await?,
            "signin" => sign_in::measure(&folder.0, effort).await?,
            "smtp" => smtp::measure(&folder.0, effort).await?,
            "wire" | "http" | "browser" => {
                let prepared = match &mut prepared {
                    Some(prepared) => prepared,
                    none => none.insert(Prepared::new(&folder.0, accounts).await?),
                };
                match part.as_str() {
                    "wire" => pages::measure_wire(prepared)?,
                    "http" => http::measure(prepared, effort).await?,
                    _ => pages::measure_typing(prepared, effort)?,
                }
            }
            other => bail!("there is nothing called `{other}` to measure"),
        }
    }
    Ok(())
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
