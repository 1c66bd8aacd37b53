//! Signing in takes as long whether anybody has the address or not.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use backend::{Backend, Client, ClientAddress, Config, Database};

use crate::Effort;
use crate::figure::{Figure, Times, ms, ratio};
use crate::server::{EMAIL, PASSWORD};

const ROUNDS: u32 = 500;

pub async fn measure(folder: &Path, effort: Effort) -> Result<()> {
    let database = Database::Sqlite { path: folder.join("signin/posthouse.db") };
    let backend = Backend::open(Config::new(database, "posthouse.example")).await?;
    backend.add_user(EMAIL, PASSWORD.into()).await?;
    let (mut right, mut wrong, mut nobody) = (Times::default(), Times::default(), Times::default());
    for round in 0..effort.of(ROUNDS) {
        // Each round from an address of its own, so that no limit of tries is met.
        let client = client(Ipv4Addr::from_bits(0x0A00_0000 + round));
        let stranger = format!("nobody{round}@posthouse.example");
        for (email, password, times) in [
            (stranger.as_str(), "wrong horse battery", &mut nobody),
            (EMAIL, "wrong horse battery", &mut wrong),
            (EMAIL, PASSWORD, &mut right),
        ] {
            let begun = Instant::now();
            let signed_in = backend.sign_in(&client, email, password.into()).await.is_ok();
            times.push(begun.elapsed());
            ensure!(signed_in == (password == PASSWORD), "{email} was answered wrongly");
        }
    }
    backend.close().await;
    let (known, unknown) = (wrong.median(), nobody.median());
    Figure {
        what: format!("signing in, address known, wrong password, over unknown ({} each, medians)", wrong.len()),
        measured: ms(known),
        baseline: ms(unknown),
        ratio: format!("{:.2}", ratio(known, unknown)),
        ..Figure::default()
    }
    .print();
    Figure {
        what: format!("signing in, right password, over unknown address ({} each, medians)", right.len()),
        measured: ms(right.median()),
        baseline: ms(unknown),
        ratio: format!("{:.2}", ratio(right.median(), unknown)),
        ..Figure::default()
    }
    .print();
    Ok(())
}

/// A browser at this address, that nobody signed in with.
pub fn client(address: Ipv4Addr) -> Client {
    ClientAddress::from(IpAddr::V4(address)).into()
}
