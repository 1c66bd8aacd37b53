//! The report as a file, over the same columns and order read bare and written by the `csv` crate, in turns; and what
//! the server's memory holds meanwhile.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use backend::{Backend, Config, Database};
use fixtures::{BareExport, Fixtures};
use model::{AccountFilter, Actor, ExportFormat, Filter};

use crate::Effort;
use crate::figure::{Figure, Times, mb, verdict};
use crate::http::{Client, Request, sign_in};
use crate::server::{EMAIL, PASSWORD, Prepared, Server, fill};

const ROUNDS: u32 = 20;
const LEAST_RATIO: f64 = 0.7;
const MOST_MEMORY: i64 = 20 * 1024 * 1024;

pub async fn measure(folder: &Path, accounts: u64, effort: Effort) -> Result<()> {
    let file = Database::Sqlite { path: folder.join("export/posthouse.db") };
    measure_on("SQLite", file, accounts, effort).await?;
    match std::env::var("POSTHOUSE_TEST_POSTGRES") {
        Ok(url) => measure_on("PostgreSQL", Database::Postgres { url: url.into() }, accounts, effort).await,
        Err(_) => bail!("POSTHOUSE_TEST_POSTGRES names no PostgreSQL server"),
    }
}

async fn measure_on(name: &str, database: Database, accounts: u64, effort: Effort) -> Result<()> {
    let config = Config::new(database, "posthouse.example");
    let backend = Backend::open(config.clone()).await?;
    let fixtures = Fixtures::connect(&config.store_options(), None).await?;
    let actor = backend.add_user(&format!("export.{EMAIL}"), PASSWORD.into()).await?;
    let there = backend.list_accounts(&actor, &AccountFilter::default()).await?.total;
    fill(&fixtures, accounts.saturating_sub(there)).await?;
    let columns = BareExport::COLUMNS.map(|column| column.key()).join(",");
    let filter = AccountFilter::from_query(&format!("columns={columns}"));
    let bare = fixtures.bare_export(&filter);
    let rows = bare.run().await?;
    ensure!(rows >= accounts, "{rows} rows were read bare");
    let (mut ours, mut bares) = ([const { Times::new() }; ExportFormat::ALL.len()], Times::new());
    // The first round fills caches.
    for round in 0..=effort.of(ROUNDS) {
        let begun = Instant::now();
        bare.run().await?;
        if round > 0 {
            bares.push(begun.elapsed());
        }
        for (format, times) in ExportFormat::ALL.into_iter().zip(&mut ours) {
            let begun = Instant::now();
            export(&backend, &actor, &filter, format).await?;
            if round > 0 {
                times.push(begun.elapsed());
            }
        }
    }
    let a_second = |times: &Times| rows as f64 / times.median().as_secs_f64();
    for (format, times) in ExportFormat::ALL.into_iter().zip(&ours) {
        let ratio = a_second(times) / a_second(&bares);
        // CSV is what is written bare as well.
        let is_limited = format == ExportFormat::Csv;
        Figure {
            what: format!("{name}: {rows} accounts exported as {}, rows a second", format.label()),
            measured: format!("{:.0}/s", a_second(times)),
            baseline: format!("{:.0}/s", a_second(&bares)),
            ratio: format!("{ratio:.2}"),
            limit: if is_limited { format!("at least {LEAST_RATIO}") } else { String::new() },
            verdict: if is_limited { verdict(ratio >= LEAST_RATIO) } else { "" },
        }
        .print();
    }
    backend.close().await;
    Ok(())
}

async fn export(backend: &Backend, actor: &Actor, filter: &AccountFilter, format: ExportFormat) -> Result<()> {
    let mut export = backend.export_accounts(actor, filter, format).await?;
    while let Some(piece) = export.next().await {
        piece?;
    }
    Ok(())
}

/// What the server holds while it exports, over what it held before.
pub async fn measure_memory(prepared: &Prepared) -> Result<()> {
    for format in ExportFormat::ALL {
        let server = prepared.start()?;
        let cookie = sign_in(server.address).await?;
        let mut client = Client::connect(server.address).await?;
        // A page and a short export first: they open connections and fill caches.
        for path in ["/settings/email/smtp".to_owned(), path(format, "name=0001")] {
            let answer = client.ask(&Request::get(server.address, &path, Some(&cookie), "identity")).await?;
            ensure!(answer.status == 200, "{path} is answered by {}", answer.status);
        }
        let before = server.memory()?;
        let most = most_while(
            &server,
            &mut client,
            &Request::get(server.address, &path(format, ""), Some(&cookie), "identity"),
        )
        .await?;
        Figure {
            what: format!("the server's memory while it exports {} accounts as {}", prepared.accounts, format.label()),
            measured: format!("{} more", mb(most - before)),
            baseline: mb(before),
            limit: format!("{} more", mb(MOST_MEMORY)),
            verdict: verdict(most - before <= MOST_MEMORY),
            ..Figure::default()
        }
        .print();
    }
    Ok(())
}

fn path(format: ExportFormat, query: &str) -> String {
    format!("/settings/email/smtp/export/{}?{query}", format.key())
}

/// The most that the server was seen to hold until it had answered.
async fn most_while(server: &Server, client: &mut Client, request: &Request) -> Result<i64> {
    let asking = client.ask(request);
    tokio::pin!(asking);
    let mut most = server.memory()?;
    loop {
        tokio::select! {
            answer = &mut asking => {
                ensure!(answer?.status == 200, "the export was refused");
                return Ok(most.max(server.memory()?));
            }
            () = tokio::time::sleep(std::time::Duration::from_millis(10)) => most = most.max(server.memory()?),
        }
    }
}
