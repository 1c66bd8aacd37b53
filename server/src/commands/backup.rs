//! `posthouse backup` and `posthouse restore`.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use backend::backup::{BackupFile, BackupSummary, Existing, KeyInBackup};
use backend::{Backend, SecretString};
use clap::Args;
use secrecy::ExposeSecret;

use crate::cli::Settings;
use crate::private_file::{self, Readers};

/// The most that is read of a passphrase.
const OCTETS: u64 = 4_096;

#[derive(Args)]
pub struct BackupArgs {
    /// The file to write, or with --check the one to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file that holds the passphrase, 12 characters or more, and that only its owner may read [default: standard
    /// input]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Puts the vault's key into the backup: whoever has the file and its passphrase then has every secret. Without it,
    /// the secrets in the backup open only where the key file is kept as well
    #[arg(long)]
    with_vault_key: bool,
    /// Replaces a file that is there already
    #[arg(long)]
    force: bool,
    /// Reads a backup to its end and says whether it is whole; nothing is written
    #[arg(long, conflicts_with_all = ["with_vault_key", "force"])]
    check: bool,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file that holds the passphrase, and that only its owner may read [default: standard input]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Puts the backup in the place of everything that the database holds
    #[arg(long)]
    replace: bool,
}

pub async fn backup(settings: Settings, args: BackupArgs) -> anyhow::Result<()> {
    let BackupArgs { file: path, passphrase_file, with_vault_key, force, check } = args;
    let file = BackupFile { passphrase: passphrase(passphrase_file.as_deref())?, path };
    if check {
        let summary = Backend::check_backup(&file)?;
        println!("{} is whole: {}", file.path.display(), described(&summary));
        return Ok(());
    }
    let key = if with_vault_key { KeyInBackup::Included } else { KeyInBackup::LeftOut };
    let existing = if force { Existing::Replaced } else { Existing::Kept };
    let summary = Backend::backup(&settings.backend()?, &file, key, existing).await?;
    println!("{} was written: {}", file.path.display(), described(&summary));
    if summary.key == KeyInBackup::LeftOut {
        println!("Keep a copy of the vault's key file apart from it: without that file the secrets do not open.");
    }
    Ok(())
}

pub async fn restore(settings: Settings, args: RestoreArgs) -> anyhow::Result<()> {
    let RestoreArgs { file: path, passphrase_file, replace } = args;
    let file = BackupFile { passphrase: passphrase(passphrase_file.as_deref())?, path };
    let existing = if replace { Existing::Replaced } else { Existing::Kept };
    let restored = Backend::restore(&settings.backend()?, &file, existing).await?;
    println!("{} was restored: {}", file.path.display(), described(&restored.backup));
    if let Some(key) = restored.wanted_key {
        println!("Put the vault's key file with the key {key} in its place before you start the server.");
    }
    Ok(())
}

fn described(summary: &BackupSummary) -> String {
    let BackupSummary { posthouse, made_at, tables, rows, key } = summary;
    let key = match key {
        KeyInBackup::Included => "with the vault's key",
        KeyInBackup::LeftOut => "without the vault's key",
    };
    format!("{rows} rows of {tables} tables, {key}, made by Posthouse {posthouse} on {made_at}.")
}

/// The first line of the file, or of standard input.
fn passphrase(file: Option<&Path>) -> anyhow::Result<SecretString> {
    let text = match file {
        Some(path) => private_file::read(path, "the passphrase file", Readers::Owner)?,
        None => {
            let stdin = std::io::stdin();
            if stdin.is_terminal() {
                bail!("what is typed here would be shown: give the passphrase by --passphrase-file or through a pipe");
            }
            let mut text = String::new();
            stdin.take(OCTETS).read_to_string(&mut text).context("no passphrase could be read")?;
            SecretString::from(text)
        }
    };
    match text.expose_secret().lines().next() {
        Some(line) if !line.is_empty() => Ok(SecretString::from(line)),
        _ => bail!("the passphrase is empty: its file, or standard input, holds it as the first line"),
    }
}
