//! `posthouse user`: who may sign in, from the command line.

use std::io::Read;

use anyhow::Context;
use backend::{Backend, ListedUser, SecretString};
use clap::Subcommand;
use model::Problem;

use crate::cli::Settings;

/// The most that is read of a password: far more than its 128 characters take.
const OCTETS: u64 = 4_096;

#[derive(Subcommand)]
pub enum UserCommand {
    /// Lists who is registered, a line each: address, enabled or disabled, last sign-in
    List,
    /// Adds an administrator
    Add {
        /// The e-mail address to sign in with
        email: String,
        /// Reads the password, 12 to 128 characters, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Keeps somebody from signing in, and ends their sessions at once
    Disable {
        /// The e-mail address that they sign in with
        email: String,
    },
    /// Lets somebody sign in again
    Enable {
        /// The e-mail address that they sign in with
        email: String,
    },
    /// Gives somebody a new password, and ends their sessions at once
    ResetPassword {
        /// The e-mail address that they sign in with
        email: String,
        /// Reads the password, 12 to 128 characters, from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Ends somebody's sessions at once
    SignOut {
        /// The e-mail address that they sign in with
        email: String,
    },
}

pub async fn run(settings: Settings, command: UserCommand) -> anyhow::Result<()> {
    let password = match command {
        UserCommand::Add { .. } | UserCommand::ResetPassword { .. } => read_password()?,
        _ => SecretString::default(),
    };
    let backend = Backend::open(settings.without_vault()?).await?;
    let done = carry_out(&backend, command, password).await;
    backend.close().await;
    print!("{}", done.map_err(in_words)?);
    Ok(())
}

/// Does it, and says so in whole lines.
async fn carry_out(backend: &Backend, command: UserCommand, password: SecretString) -> Result<String, Problem> {
    Ok(match command {
        UserCommand::List => backend.list_users().await?.iter().map(line).collect(),
        UserCommand::Add { email, password_stdin: _ } => {
            let actor = backend.add_user(&email, password).await?;
            format!("{} is an administrator now.\n", actor.email)
        }
        UserCommand::Disable { email } => {
            let email = backend.disable_user(&email).await?;
            format!("{email} is disabled and signed out.\n")
        }
        UserCommand::Enable { email } => format!("{} is enabled.\n", backend.enable_user(&email).await?),
        UserCommand::ResetPassword { email, password_stdin: _ } => {
            let email = backend.reset_password(&email, password).await?;
            format!("{email} has a new password and is signed out.\n")
        }
        UserCommand::SignOut { email } => match backend.sign_user_out(&email).await? {
            (email, 0) => format!("{email} was not signed in.\n"),
            (email, 1) => format!("{email} is signed out of 1 session.\n"),
            (email, sessions) => format!("{email} is signed out of {sessions} sessions.\n"),
        },
    })
}

/// For people and scripts: what belongs together is parted by tabs.
fn line(user: &ListedUser) -> String {
    let ListedUser { email, disabled_at, last_sign_in_at } = user;
    let state = if disabled_at.is_some() { "disabled" } else { "enabled" };
    let last = last_sign_in_at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339());
    format!("{email}\t{state}\t{last}\n")
}

fn read_password() -> anyhow::Result<SecretString> {
    let mut typed = String::new();
    std::io::stdin().take(OCTETS).read_to_string(&mut typed).context("no password could be read")?;
    Ok(SecretString::from(typed.trim_end_matches(['\r', '\n'])))
}

fn in_words(problem: Problem) -> anyhow::Error {
    match problem.field_errors() {
        Some(errors) => {
            let messages: Vec<_> = errors.0.iter().map(|error| error.message.as_str()).collect();
            anyhow::anyhow!("{}", messages.join(" "))
        }
        None => problem.into(),
    }
}
