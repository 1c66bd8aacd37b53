//! Many schedules that are due in the same minute: planned at once, none lost, and the pages still answer.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use backend::{Backend, Config, Database};
use fixtures::Fixtures;
use model::{AccountDraft, AccountId, Actor, Moment, YesNo};

use crate::figure::{Figure, ms, ratio, verdict};
use crate::server::{EMAIL, PASSWORD, Prepared};
use crate::{Effort, http, sign_in, sink};

const SCHEDULES: u32 = 10_000;
const PLANNED_WITHIN: Duration = Duration::from_secs(1);
/// Reports that are asked for at rest.
const REPORTS: u32 = 300;
const MOST_RATIO: f64 = 2.0;
/// All of them take longer than this only where something hangs.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// The year 2100: not while anything is prepared.
const FAR: Moment = Moment(4_102_444_800_000_000);
/// The year 2027, eight in the morning.
const DUE: Moment = Moment(1_798_790_400_000_000);

pub async fn measure(prepared: &Prepared, folder: &Path, effort: Effort) -> Result<()> {
    let count = effort.of(SCHEDULES);
    let sink = sink::start().await?;
    let file = Database::Sqlite { path: folder.join("schedules/posthouse.db") };
    measure_planning("SQLite", file, sink, count).await?;
    match std::env::var("POSTHOUSE_TEST_POSTGRES") {
        Ok(url) => measure_planning("PostgreSQL", Database::Postgres { url: url.into() }, sink, count).await?,
        Err(_) => bail!("POSTHOUSE_TEST_POSTGRES names no PostgreSQL server"),
    }
    measure_pages(prepared, sink, count, effort).await
}

async fn measure_planning(name: &str, database: Database, sink: SocketAddr, count: u32) -> Result<()> {
    let config = Config::new(database, "posthouse.example");
    let backend = Backend::open(config.clone()).await?;
    let fixtures = Fixtures::connect(&config.store_options(), None).await?;
    let actor = backend.add_user(&format!("schedules.{EMAIL}"), PASSWORD.into()).await?;
    let account = relay(&backend, &actor, sink).await?;
    fixtures.add_schedules(count.into(), account, DUE).await?;
    let begun = Instant::now();
    let planned = backend.plan_schedules_at(DUE).await?;
    let took = begun.elapsed();
    ensure!(planned == u64::from(count), "{planned} of {count} were planned");
    Figure {
        what: format!("{count} schedules due in one minute, planned, {name}"),
        measured: ms(took),
        limit: ms(PLANNED_WITHIN),
        verdict: verdict(took <= PLANNED_WITHIN),
        ..Figure::default()
    }
    .print();
    backend.close().await;
    Ok(())
}

/// The report while all of them are sent, over the report at rest.
async fn measure_pages(prepared: &Prepared, sink: SocketAddr, count: u32, effort: Effort) -> Result<()> {
    let backend = prepared.open().await?;
    let fixtures = Arc::new(prepared.fixtures().await?);
    let client = sign_in::client(Ipv4Addr::LOCALHOST);
    let actor = backend.sign_in(&client, EMAIL, PASSWORD.into()).await?.actor;
    let account = relay(&backend, &actor, sink).await?;
    fixtures.add_schedules(count.into(), account, FAR).await?;
    let server = prepared.start()?;
    let rest = http::reports(server.address, effort.of(REPORTS), &AtomicBool::new(false)).await?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let begun = Instant::now();
    fixtures.let_schedules_come_due(Moment(i64::try_from(now.as_micros())?)).await?;
    let ended = Arc::new(AtomicBool::new(false));
    let (watched, watching) = (Arc::clone(&fixtures), Arc::clone(&ended));
    let watch = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let counted = watched.count_runs().await;
            let all_sent = counted.as_ref().is_ok_and(|&(planned, sent)| planned >= count.into() && sent == planned);
            if all_sent || counted.is_err() || begun.elapsed() > PATIENCE {
                watching.store(true, Ordering::Relaxed);
                return;
            }
        }
    });
    let busy = http::reports(server.address, u32::MAX, &ended).await?;
    watch.await?;
    let took = begun.elapsed();
    let (planned, sent) = fixtures.count_runs().await?;
    let (calm, loaded) = (rest.percentile(95), busy.percentile(95));
    Figure {
        what: format!("the report, p95 of {}, while {count} schedules run, over at rest", busy.len()),
        measured: ms(loaded),
        baseline: ms(calm),
        ratio: format!("{:.2}", ratio(loaded, calm)),
        limit: format!("{MOST_RATIO:.2}"),
        verdict: verdict(ratio(loaded, calm) <= MOST_RATIO),
    }
    .print();
    Figure {
        what: format!("of {planned} planned, not sent after {:.0} s", took.as_secs_f64()),
        measured: (u64::from(count).max(planned) - sent).to_string(),
        limit: "0".to_owned(),
        verdict: verdict(planned == u64::from(count) && sent == planned),
        ..Figure::default()
    }
    .print();
    backend.close().await;
    Ok(())
}

/// An account that sends to the sink.
async fn relay(backend: &Backend, actor: &Actor, sink: SocketAddr) -> Result<AccountId> {
    let address = EMAIL.to_owned();
    let draft = AccountDraft {
        name: "Relay of schedules".to_owned(),
        sender: address.clone(),
        reply: address.clone(),
        return_path: address.clone(),
        confirmation: address,
        host: sink.ip().to_string(),
        port: sink.port().to_string(),
        safe_connection: YesNo::No,
        authentication: YesNo::No,
        ..AccountDraft::default()
    };
    Ok(backend.create_account(actor, &draft).await?.id)
}
