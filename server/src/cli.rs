//! The command line: what Posthouse is told to do, and with which settings.

mod options;
mod settings;

use clap::{Parser, Subcommand};

use crate::commands::backup::{BackupArgs, RestoreArgs};
use crate::commands::exchange::{ExportCommand, ImportCommand};
use crate::commands::explain::ExplainArgs;
use crate::commands::test_send::TestSendArgs;
use crate::commands::users::UserCommand;
use crate::commands::vault::VaultCommand;
use options::Options;

pub use options::LogFormat;
pub use settings::Settings;

/// One place for every outgoing-mail (SMTP) account of an organisation.
#[derive(Parser)]
#[command(name = "posthouse", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serves the pages
    Serve {
        /// Takes the machine's clock for right, although a later time was seen: after a clock that was ahead for long
        #[arg(long)]
        accept_clock: bool,
    },
    /// Brings the database up to date, and ends
    Migrate,
    /// People who may sign in
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Records written to a file
    Export {
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Records read from a file
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Tests an account; the exit code says how it ended: 0 well, 10 to 21 at which stage it failed, 30 not known
    TestSend(TestSendArgs),
    /// Names the cause of a mail server's reply, or of a conversation, that somebody pasted
    Explain(ExplainArgs),
    /// The key that secrets are sealed under
    Vault {
        #[command(subcommand)]
        command: VaultCommand,
    },
    /// Writes everything that the database holds to one file that only a passphrase opens, while servers run
    Backup(BackupArgs),
    /// Puts a backup into an empty database, of either kind; no server may run on it
    Restore(RestoreArgs),
}

impl Command {
    /// Whether it writes to a database that others wrote before: such a file has to be whole. A server looks by itself.
    pub const fn changes_records(&self) -> bool {
        match self {
            Self::Migrate | Self::Import { .. } => true,
            Self::User { command } => !matches!(command, UserCommand::List),
            Self::Vault { command } => {
                !matches!(command, VaultCommand::Check | VaultCommand::Reset { forget_secrets: false })
            }
            // A test send adds one row: scripts run it by the minute, and do not wait for the whole file.
            Self::TestSend(_)
            | Self::Serve { .. }
            | Self::Export { .. }
            | Self::Explain(_)
            | Self::Backup(_)
            | Self::Restore(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
