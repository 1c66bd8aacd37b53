//! The list of credentials over its statements run bare, on both databases.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use backend::{Backend, Config, Database};
use fixtures::Fixtures;
use model::{CredentialFilter, Filter};

use crate::Effort;
use crate::figure::{Figure, Times, ms, ratio, verdict};
use crate::server::{EMAIL, PASSWORD};

const CREDENTIALS: u64 = 10_000;
/// One transaction makes so many.
const PIECE: u64 = 1_000;
const ROUNDS: u32 = 200;
const MOST_RATIO: f64 = 2.0;
const MOST_MORE: Duration = Duration::from_millis(2);

const CASES: [(&str, &str); 6] = [
    ("no filter", ""),
    ("by user name, descending", "sort=-user_name"),
    ("by last change", "sort=-saved"),
    ("name, 1 hit", "name=relay+05000"),
    ("user name, 1 in 10", "user_name=relay5"),
    ("host", "host=smtp3.branch0"),
];

pub async fn measure(folder: &Path, effort: Effort) -> Result<()> {
    let file = Database::Sqlite { path: folder.join("credentials/posthouse.db") };
    measure_on("SQLite", file, effort).await?;
    match std::env::var("POSTHOUSE_TEST_POSTGRES") {
        Ok(url) => measure_on("PostgreSQL", Database::Postgres { url: url.into() }, effort).await,
        Err(_) => bail!("POSTHOUSE_TEST_POSTGRES names no PostgreSQL server"),
    }
}

async fn measure_on(name: &str, database: Database, effort: Effort) -> Result<()> {
    let config = Config::new(database, "posthouse.example");
    let backend = Backend::open(config.clone()).await?;
    let fixtures = Fixtures::connect(&config.store_options(), None).await?;
    let email = format!("credentials.{EMAIL}");
    let actor = backend.add_user(&email, PASSWORD.into()).await?;
    while backend.list_credentials(&actor, &CredentialFilter::default()).await?.total < CREDENTIALS {
        fixtures.add_credentials(PIECE).await?;
    }
    for (what, query) in CASES {
        let filter = CredentialFilter::from_query(query);
        let bare = fixtures.bare_credentials(&filter).await?;
        let (mut ours, mut bares) = (Times::default(), Times::default());
        // The first rounds fill caches.
        for round in 0..effort.of(ROUNDS) + 10 {
            for turn in 0..2 {
                let begun = Instant::now();
                let times = if round % 2 == turn {
                    backend.list_credentials(&actor, &filter).await?;
                    &mut ours
                } else {
                    bare.run().await?;
                    &mut bares
                };
                if round >= 10 {
                    times.push(begun.elapsed());
                }
            }
        }
        let [(p50, bare50), (p95, bare95)] =
            [50, 95].map(|percent| (ours.percentile(percent), bares.percentile(percent)));
        let within = |(ours, bare)| ratio(ours, bare) <= MOST_RATIO || ours <= bare + MOST_MORE;
        let hits = backend.list_credentials(&actor, &filter).await?.matching;
        Figure {
            what: format!("{name}: {CREDENTIALS} credentials, {what}, {hits} hits (p50, p95)"),
            measured: format!("{}, {}", ms(p50), ms(p95)),
            baseline: format!("{}, {}", ms(bare50), ms(bare95)),
            ratio: format!("{:.2}, {:.2}", ratio(p50, bare50), ratio(p95, bare95)),
            limit: "2.0 or 2 ms more".to_owned(),
            verdict: verdict(within((p50, bare50)) && within((p95, bare95))),
        }
        .print();
    }
    backend.close().await;
    Ok(())
}
