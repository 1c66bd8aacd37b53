//! The vault: seals over the bare cipher, and a rotation of many secrets.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use backend::{Backend, Config, Database, SecretString};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use fixtures::Fixtures;
use model::secret::{SecretField, SecretOwner};
use model::{CredentialFilter, Destinations, Host};
use vault::{Key, KeySource, SealContext};

use crate::Effort;
use crate::figure::Figure;
use crate::server::{EMAIL, PASSWORD};

const SEALS: u32 = 50_000;
const SECRETS: u64 = 10_000;
const PIECE: u64 = 1_000;
const SECRET: &str = "correct horse battery staple";

pub async fn measure(folder: &Path, effort: Effort) -> Result<()> {
    seals(effort)?;
    let folder = folder.join("vault");
    let file = Database::Sqlite { path: folder.join("posthouse.db") };
    rotation("SQLite", file, &folder).await?;
    let url = std::env::var("POSTHOUSE_TEST_POSTGRES")?;
    rotation("PostgreSQL", Database::Postgres { url: url.into() }, &folder.join("postgres")).await
}

/// Seals and opens, and the cipher alone: with one key, one nonce and no data key, it is the least that it could cost.
fn seals(effort: Effort) -> Result<()> {
    let destinations = Destinations {
        hosts: vec![Host::parse("smtp.nordhavn.example").map_err(|why| anyhow!(why))?],
        ports: vec![465, 587],
        direct: true,
        verified_only: true,
        ..Destinations::default()
    };
    let place = SealContext {
        kind: SecretOwner::Credential,
        id: 1,
        field: SecretField::Secret,
        version: 1,
        user_name: "relay@nordhavn.example",
        destinations: &destinations,
    };
    let (key, secret) = (Key::generate()?, SecretString::from(SECRET));
    let count = effort.of(SEALS);
    let (cipher, nonce) = (XChaCha20Poly1305::new(&[7; 32].into()), XNonce::from([9; 24]));
    let bound_to = [0; 128];
    let text = || Payload { msg: SECRET.as_bytes(), aad: &bound_to };

    let sealed = key.seal(&place, &secret)?;
    let bare = cipher.encrypt(&nonce, text()).map_err(|_| anyhow!("the cipher refuses"))?;
    let payload = || Payload { msg: &bare, aad: &bound_to };
    ensure!(cipher.decrypt(&nonce, payload()).is_ok(), "the cipher does not open what it sealed");
    let (mut took, mut bare_took) = ([Duration::ZERO; 2], [Duration::ZERO; 2]);
    // In turns, a piece each.
    for _ in 0..10 {
        for (way, took) in took.iter_mut().enumerate() {
            let begun = Instant::now();
            for _ in 0..count / 10 {
                match way {
                    0 => drop(key.seal(&place, &secret)?),
                    _ => drop(key.open(&place, &sealed)?),
                }
            }
            *took += begun.elapsed();
        }
        for (way, took) in bare_took.iter_mut().enumerate() {
            let begun = Instant::now();
            for _ in 0..count / 10 {
                drop(match way {
                    0 => cipher.encrypt(&nonce, text()),
                    _ => cipher.decrypt(&nonce, payload()),
                });
            }
            *took += begun.elapsed();
        }
    }
    for (what, ours, bare) in [("seals", took[0], bare_took[0]), ("opens", took[1], bare_took[1])] {
        let a_second = |took: Duration| f64::from(count) / took.as_secs_f64();
        Figure {
            what: format!(
                "the vault {what} a secret of {} octets, each under a key of its own, over the bare cipher",
                SECRET.len()
            ),
            measured: format!("{:.0}/s", a_second(ours)),
            baseline: format!("{:.0}/s", a_second(bare)),
            ratio: format!("{:.2}", a_second(ours) / a_second(bare)),
            ..Figure::default()
        }
        .print();
    }
    Ok(())
}

/// A rotation, over reading and writing the same rows once.
async fn rotation(name: &str, database: Database, folder: &Path) -> Result<()> {
    let vault = Some(KeySource::in_folder(folder));
    let config = Config { vault, ..Config::new(database, "posthouse.example") };
    let backend = Backend::open(config.clone()).await?;
    let fixtures = Fixtures::connect(&config.store_options(), config.vault.as_ref()).await?;
    let actor = backend.add_user(&format!("vault.{EMAIL}"), PASSWORD.into()).await?;
    while backend.list_credentials(&actor, &CredentialFilter::default()).await?.total < SECRETS {
        fixtures.add_credentials(PIECE).await?;
    }
    let begun = Instant::now();
    let rotated = Backend::rotate_vault(&config).await?;
    let took = begun.elapsed();
    ensure!(rotated.damaged == 0, "{} secrets did not open", rotated.damaged);
    Figure {
        what: format!("{name}: a rotation of {} secrets, while a server runs", rotated.secrets),
        measured: format!("{:.2} s", took.as_secs_f64()),
        ..Figure::default()
    }
    .print();
    backend.close().await;
    Ok(())
}
