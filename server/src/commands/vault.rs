//! `posthouse vault`: a new key, a check of what is sealed, and the way out when the key is lost.

use anyhow::bail;
use backend::{Backend, Checked, Config, Forgotten, Rotated};
use clap::Subcommand;

use crate::cli::Settings;

#[derive(Subcommand)]
pub enum VaultCommand {
    /// Gives the vault a new key while servers run, or ends a rotation that was interrupted
    Rotate,
    /// Opens every secret, shows none, and names those that do not open
    Check,
    /// Makes a new key where the old one is lost, and forgets every secret
    Reset {
        /// Says that every secret in the vault may be forgotten
        #[arg(long)]
        forget_secrets: bool,
    },
}

pub async fn run(settings: Settings, command: VaultCommand) -> anyhow::Result<()> {
    let config = settings.backend()?;
    match command {
        VaultCommand::Rotate => rotate(&config).await,
        VaultCommand::Check => check(&config).await,
        VaultCommand::Reset { forget_secrets: true } => reset(&config).await,
        VaultCommand::Reset { forget_secrets: false } => {
            let secrets = secrets(Backend::count_secrets(&config).await?);
            bail!("this forgets {secrets} for good; if the key is lost, give the command with --forget-secrets")
        }
    }
}

async fn rotate(config: &Config) -> anyhow::Result<()> {
    let Rotated { secrets: moved, damaged, key, resumed, older_keys_in } = Backend::rotate_vault(config).await?;
    if resumed {
        println!("A rotation that was begun earlier was ended.");
    }
    println!("{}, now under the key {key}.", secrets(moved));
    if let Some(file) = older_keys_in {
        println!("Take the older keys out of {}: nothing is sealed under them any more.", file.display());
    }
    match damaged {
        0 => Ok(()),
        _ => bail!("{} did not open, and stayed as before: see “posthouse vault check”", secrets(damaged)),
    }
}

async fn check(config: &Config) -> anyhow::Result<()> {
    let Checked { opened, failed } = Backend::check_vault(config).await?;
    for (name, why) in &failed {
        println!("{name}: {why}");
    }
    match failed.len() {
        0 => println!("{}, each opens.", secrets(opened)),
        count => bail!("{count} of {} do not open", secrets(opened + count as u64)),
    }
    Ok(())
}

async fn reset(config: &Config) -> anyhow::Result<()> {
    let Forgotten { secrets: forgotten, key } = Backend::reset_vault(config).await?;
    println!("{} forgotten. What is sealed from now on is under the key {key}.", secrets(forgotten));
    Ok(())
}

/// "1 secret", "2,314 secrets".
fn secrets(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match count {
        1 => format!("{text} secret"),
        _ => format!("{text} secrets"),
    }
}

#[cfg(test)]
mod tests {
    use super::secrets;

    #[test]
    fn numbers_are_written_for_people() {
        let check = |count: u64, text: &str| assert_eq!(secrets(count), text);
        check(0, "0 secrets");
        check(1, "1 secret");
        check(999, "999 secrets");
        check(2_314, "2,314 secrets");
        check(1_000_000, "1,000,000 secrets");
    }
}
