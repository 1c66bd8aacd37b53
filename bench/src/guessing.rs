//! A thousand guessed passwords a second from two hundred addresses, and how long the owner waits meanwhile.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Effort;
use crate::figure::{Figure, Times, ms, verdict};
use crate::http::{Client, Request};
use crate::server::{PASSWORD, Prepared};

/// Loopback addresses, each a client of its own.
const ADDRESSES: u8 = 200;
/// Of each address: together a thousand a second.
const PAUSE: Duration = Duration::from_millis(200);
const SECONDS: u32 = 60;
/// Between two sign-ins of the owner.
const OWNER_PAUSE: Duration = Duration::from_millis(500);
const OWNER_WAITS: Duration = Duration::from_secs(2);

pub async fn measure(prepared: &Prepared, effort: Effort) -> Result<()> {
    let server = prepared.start()?;
    let address = server.address;
    let device =
        sign_in(address, [127, 0, 0, 1].into(), None).await?.device.context("the browser is not remembered")?;
    let until = Instant::now() + Duration::from_secs(effort.of(SECONDS).into());
    let mut attackers = JoinSet::new();
    for host in 1..=ADDRESSES {
        attackers.spawn(guess(address, [127, 1, 0, host].into(), until));
    }
    let (mut known, mut elsewhere) = (Times::default(), Times::default());
    let mut rounds = interval(OWNER_PAUSE);
    while Instant::now() < until {
        rounds.tick().await;
        known.push(sign_in(address, [127, 1, 0, 1].into(), Some(&device)).await?.took);
        elsewhere.push(sign_in(address, [127, 2, 0, 1].into(), None).await?.took);
    }
    let mut guesses = Guesses::default();
    while let Some(of_one) = attackers.join_next().await {
        let Guesses { looked_at, refused } = of_one??;
        guesses.looked_at += looked_at;
        guesses.refused += refused;
    }
    let all = guesses.looked_at + guesses.refused;
    Figure {
        what: format!("guessed passwords a second, answered, from {ADDRESSES} addresses; of all, those looked at"),
        measured: format!("{:.0}", all as f64 / f64::from(effort.of(SECONDS))),
        baseline: guesses.looked_at.to_string(),
        ..Figure::default()
    }
    .print();
    for (who, times) in [("with a known browser, from an attacked address", known), ("from another address", elsewhere)]
    {
        let longest = times.percentile(100);
        Figure {
            what: format!("the owner signs in meanwhile {who}: the longest of {}, over the median", times.len()),
            measured: ms(longest),
            baseline: ms(times.median()),
            limit: ms(OWNER_WAITS),
            verdict: verdict(longest <= OWNER_WAITS),
            ..Figure::default()
        }
        .print();
    }
    Ok(())
}

struct SignedIn {
    took: Duration,
    device: Option<String>,
}

/// The owner, with the right password.
async fn sign_in(server: SocketAddr, from: IpAddr, device: Option<&str>) -> Result<SignedIn> {
    let begun = Instant::now();
    let answer = Client::connect_from(from, server).await?.ask(&Request::sign_in(server, PASSWORD, device)).await?;
    ensure!(answer.status == 303, "the owner was answered {}", answer.status);
    ensure!(answer.cookie("posthouse").is_some(), "the owner was not signed in");
    Ok(SignedIn { took: begun.elapsed(), device: answer.cookie("posthouse-device") })
}

#[derive(Default)]
struct Guesses {
    looked_at: u64,
    refused: u64,
}

/// One wrong password after the other.
async fn guess(server: SocketAddr, from: IpAddr, until: Instant) -> Result<Guesses> {
    let mut client = Client::connect_from(from, server).await?;
    let request = Request::sign_in(server, "wrong horse battery", None).for_a_program();
    let mut rounds = interval(PAUSE);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut guesses = Guesses::default();
    while Instant::now() < until {
        rounds.tick().await;
        match client.ask(&request).await?.status {
            403 => guesses.looked_at += 1,
            429 => guesses.refused += 1,
            other => ensure!(false, "a guess was answered {other}"),
        }
    }
    Ok(guesses)
}
