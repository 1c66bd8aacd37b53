//! `posthouse user add`: an administrator from the command line.

use std::io::Read;

use anyhow::Context;
use backend::{Backend, SecretString};

use crate::cli::{Settings, UserCommand};

/// The most that is read of a password: far more than its 128 characters take.
const OCTETS: u64 = 4_096;

pub async fn run(settings: Settings, command: UserCommand) -> anyhow::Result<()> {
    let UserCommand::Add { email, password_stdin: _ } = command;
    let mut typed = String::new();
    std::io::stdin().take(OCTETS).read_to_string(&mut typed).context("no password could be read")?;
    let password = SecretString::from(typed.trim_end_matches(['\r', '\n']));
    let backend = Backend::open(settings.without_vault()?).await?;
    let added = backend.add_user(&email, password).await;
    backend.close().await;
    let actor = added.map_err(|problem| match problem.field_errors() {
        Some(errors) => {
            let messages: Vec<_> = errors.0.iter().map(|error| error.message.as_str()).collect();
            anyhow::anyhow!("{}", messages.join(" "))
        }
        None => problem.into(),
    })?;
    println!("{} is an administrator now.", actor.email);
    Ok(())
}
