//! The `posthouse` binary: the command line, the pages, and the manners of a web server.

mod base_url;
mod cli;
mod commands;
mod http;
mod private_file;
mod process;
mod serve;
mod set_up_link;
mod setting_values;
mod telemetry;
mod watchdog;

use std::process::ExitCode;

use clap::Parser;

use commands::{backup, exchange, explain, test_send, users, vault};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("posthouse: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let cli = cli::Cli::parse();
    let settings = cli::Settings::from(&cli)?;
    telemetry::begin(settings.log_format);
    process::protect_memory();
    if cli.command.changes_records() {
        backend::Backend::check_integrity(&settings.without_vault()?).await?;
    }
    match cli.command {
        cli::Command::Serve { accept_clock } => serve::run(settings, accept_clock).await?,
        cli::Command::Migrate => {
            backend::Backend::migrate(&settings.without_vault()?).await?;
            println!("The database is up to date.");
        }
        cli::Command::User { command } => users::run(settings, command).await?,
        cli::Command::Export { command } => return exchange::export(settings, command).await,
        cli::Command::Import { command } => return exchange::import(settings, command).await,
        cli::Command::TestSend(args) => return test_send::run(settings, args).await,
        cli::Command::Explain(args) => return explain::run(&args),
        cli::Command::Vault { command } => vault::run(settings, command).await?,
        cli::Command::Backup(args) => backup::backup(settings, args).await?,
        cli::Command::Restore(args) => backup::restore(settings, args).await?,
    }
    Ok(ExitCode::SUCCESS)
}
