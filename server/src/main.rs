//! The `posthouse` binary: the command line, the pages, and the manners of a web server.

mod api_status;
mod assets;
mod backup;
mod cli;
mod connections;
mod exchange;
mod explain;
mod export;
mod guard;
mod headers;
mod import;
mod limits;
mod origin;
mod preview;
mod print;
mod refusal;
mod router;
mod serve;
mod sessions;
mod telemetry;
mod test_events;
mod test_send;
mod users;
mod vault;
mod viewer;

use std::process::ExitCode;

use clap::Parser;

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
    match cli.command {
        cli::Command::Serve => serve::run(settings).await?,
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
