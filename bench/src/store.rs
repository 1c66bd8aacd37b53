//! The use case that lists accounts, over its statements run bare on the same file and driver, in turns.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use backend::{Backend, Config, Database};
use fixtures::{BareList, Fixtures};
use model::{AccountFilter, Actor, Column, Filter};

use crate::Effort;
use crate::figure::{Figure, Times, ms, ratio, verdict};
use crate::server::{EMAIL, PASSWORD, fill};

/// A case is measured for so many rounds, or for so long.
const ROUNDS: u32 = 200;
const FEWEST: u32 = 40;
const PATIENCE: Duration = Duration::from_secs(6);
/// So often, where the limit was not kept.
const TRIES: u32 = 3;

const MOST_RATIO: f64 = 2.0;
const MOST_MORE: Duration = Duration::from_millis(2);

/// What a list is asked for, in words and as its query.
struct Case {
    what: String,
    query: String,
    plan: Plan,
}

/// What has to be seen in the database's plan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plan {
    /// Neither a scan of the table nor a sort.
    Walk,
    /// The hits come from the search index, and only they are sorted.
    Index,
    /// Nothing: too little is asked for to be looked up.
    Any,
}

fn cases(accounts: u64) -> Vec<Case> {
    let middle = accounts / 2;
    let last = accounts.div_ceil(25);
    let ids = (1..=500).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let case = |what: &str, query: &str, plan| Case { what: what.to_owned(), query: query.to_owned(), plan };
    let all = "name=audit&sender=audit&reply=desk1&return_path=bounces&confirmation=receipts1&enabled=Yes";
    let mut cases = vec![
        case("no filter", "", Plan::Walk),
        case("the last page", &format!("page={last}"), Plan::Walk),
        case("the last page by name", &format!("page={last}&sort=name"), Plan::Walk),
        case("ID, 3 numbers", &format!("id=7,{middle},{accounts}"), Plan::Any),
        case("name, 1 hit", &format!("name={middle:06}"), Plan::Index),
        case("name, 1 in 180", "name=київ+audit", Plan::Index),
        case("name, 1 in 11", "name=audit", Plan::Index),
        case("name, two letters", "name=sb", Plan::Any),
        case("name, a letter that all have", "name=0", Plan::Any),
        case("sender e-mail", &format!("sender=audit{}", middle / 100), Plan::Index),
        case("reply e-mail", "reply=desk77", Plan::Index),
        case("return e-mail", "return_path=bounces%2B1f4", Plan::Index),
        case("confirmation e-mail", "confirmation=receipts42%40", Plan::Index),
        case("Enabled is Yes", "enabled=Yes", Plan::Any),
        case("Enabled is No", "enabled=No", Plan::Any),
        case("credential, 1 in 96", "credential=relay+00042", Plan::Any),
        case("credential, a word that all have", "credential=relay", Plan::Any),
        case("network connector, 1 in 40", "connector=exit+03", Plan::Any),
        case("Ignore certificate error is Yes", "ignores_errors=Yes", Plan::Any),
        case("all texts and Enabled", all, Plan::Index),
        case("all filters", &format!("{all}&id={ids}&credential=relay&connector=exit&ignores_errors=No"), Plan::Any),
        case("all texts and Enabled by name", &format!("{all}&sort=name"), Plan::Index),
        case("name, 1 in 180, by last test", "name=київ+audit&sort=-last_test", Plan::Index),
        case("name, 1 in 11, by sender", "name=audit&sort=sender", Plan::Index),
        case("name, 1 in 11, page 300", "name=audit&page=300", Plan::Index),
    ];
    for column in Column::ALL {
        for (key, way) in [(column.key().to_owned(), ""), (format!("-{}", column.key()), ", descending")] {
            let what = format!("by {}{way}", column.label());
            cases.push(Case { what, query: format!("sort={key}"), plan: Plan::Walk });
        }
    }
    cases
}

pub async fn measure(folder: &Path, accounts: u64, effort: Effort) -> Result<()> {
    let file = Database::Sqlite { path: folder.join("store/posthouse.db") };
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
    let actor = backend.add_user(EMAIL, PASSWORD.into()).await?;
    fill(&fixtures, accounts).await?;
    let only = std::env::var("POSTHOUSE_BENCH_CASE").ok();
    for case in cases(accounts).iter().filter(|case| only.as_ref().is_none_or(|only| case.what.contains(only))) {
        measure_case(name, (&backend, &fixtures), &actor, case, effort).await?;
    }
    backend.close().await;
    Ok(())
}

async fn measure_case(
    name: &str,
    (backend, fixtures): (&Backend, &Fixtures),
    actor: &Actor,
    case: &Case,
    effort: Effort,
) -> Result<()> {
    let filter = AccountFilter::from_query(&case.query);
    let bare = fixtures.bare_accounts(&filter);
    // The first rounds fill caches, of the database and of prepared statements on every connection.
    for _ in 0..10 {
        backend.list_accounts(actor, &filter).await?;
        bare.run().await?;
    }
    let (mut ours, mut bares) = (Times::default(), Times::default());
    let mut pairs;
    let mut tries = 0;
    loop {
        tries += 1;
        interleave_families(backend, actor, &filter, &bare, effort, (&mut ours, &mut bares)).await?;
        pairs = [50, 95].map(|percent| (ours.percentile(percent), bares.percentile(percent)));
        // One in twenty is quickly somebody else's fault: more rounds, added to the first ones, tell.
        if within(pairs) || tries == TRIES {
            break;
        }
    }
    let found = backend.list_accounts(actor, &filter).await?;
    let explained = fixtures.explain_accounts(&filter).await?.join("\n");
    let plan = fault(case.plan, name, &explained);
    if plan.is_some() {
        eprintln!("{name}, {}:\n{explained}", case.what);
    }
    let [(p50, bare50), (p95, bare95)] = pairs;
    Figure {
        what: format!("{name}: {}, {} hits (p50, p95)", case.what, found.matching),
        measured: format!("{}, {}", ms(p50), ms(p95)),
        baseline: format!("{}, {}", ms(bare50), ms(bare95)),
        ratio: format!("{:.2}, {:.2}", ratio(p50, bare50), ratio(p95, bare95)),
        limit: match case.plan {
            Plan::Walk => "2.0 or 2 ms more; no scan, no sort".to_owned(),
            Plan::Index => "2.0 or 2 ms more; from the index".to_owned(),
            Plan::Any => "2.0 or 2 ms more".to_owned(),
        },
        verdict: match plan {
            Some(plan) => plan,
            None => verdict(within(pairs)),
        },
    }
    .print();
    Ok(())
}

fn within(pairs: [(Duration, Duration); 2]) -> bool {
    pairs.iter().all(|&(ours, bare)| ratio(ours, bare) <= MOST_RATIO || ours <= bare + MOST_MORE)
}

/// In turns, and who begins changes, so that neither always finds what the other one warmed.
async fn interleave_families(
    backend: &Backend,
    actor: &Actor,
    filter: &AccountFilter,
    bare: &BareList,
    effort: Effort,
    (ours, bares): (&mut Times, &mut Times),
) -> Result<()> {
    let begun = Instant::now();
    for round in 0..effort.of(ROUNDS) {
        if round >= FEWEST && begun.elapsed() > PATIENCE {
            break;
        }
        for turn in 0..2 {
            let begun = Instant::now();
            if round % 2 == turn {
                backend.list_accounts(actor, filter).await?;
                ours.push(begun.elapsed());
            } else {
                bare.run().await?;
                bares.push(begun.elapsed());
            }
        }
    }
    Ok(())
}

/// What is wrong with a plan.
fn fault(wanted: Plan, database: &str, plan: &str) -> Option<&'static str> {
    let (scan, sort, index) = match database {
        "SQLite" => ("SCAN accounts", "TEMP B-TREE", "SCAN account_search VIRTUAL TABLE INDEX"),
        _ => ("Seq Scan on accounts", "Sort", "Bitmap Index Scan on accounts_search"),
    };
    // SQLite calls it a scan as well when it walks an index in order and stops after the page.
    let scanned = plan.lines().any(|line| line.contains(scan) && !line.contains("USING INDEX"));
    match wanted {
        Plan::Walk if scanned => Some("OVER: scans"),
        Plan::Walk if plan.contains(sort) => Some("OVER: sorts"),
        Plan::Index if !plan.contains(index) || scanned => Some("OVER: scans"),
        Plan::Walk | Plan::Index | Plan::Any => None,
    }
}
