//! `posthouse vault rotate`: a new key, and every data key sealed under it, while servers run.
//!
//! 1. The new key stands first in the key file, and the older one behind it. 2. The database says that the new key is
//!    the current one. 3. Data keys are sealed under it, some rows in each transaction. 4. Once no row is left, the
//!    older key leaves the database, then the file.
//!
//! Each step leaves a state that tells what comes next, so that whoever is killed is resumed by the same command. The
//! vault's row in the database is locked in every step: also for the file, and against a second rotation, which joins
//! in.

use std::path::PathBuf;
use std::sync::Arc;

use store::audit::{Action, Event, Resource};
use store::secrets::{self, Record};
use store::vault_state::{self, State};
use store::{Store, StoreError, WriteTx};
use vault::{Key, KeySource, Slot, VaultError};

use super::start::{new_key, read_keys};
use crate::audit::{ended_command, from_command};
use crate::{Backend, Config, OpenError};

/// Rows of a transaction: servers that seal wait for it.
const ROWS: u64 = 100;

impl Backend {
    /// Gives the vault a new key, or ends a rotation that was interrupted.
    pub async fn rotate_vault(config: &Config) -> Result<Rotated, OpenError> {
        let rotate = async {
            let mut rotation = Rotation::begin(config).await?;
            while rotation.step(ROWS).await? > 0 {}
            rotation.finish().await
        };
        ended_command(rotate.await, Event::from(&from_command(), Action::RotateKey).on(Resource::Vault))
    }
}

/// A rotation that is going on.
pub struct Rotation {
    store: Store,
    source: KeySource,
    keys: RotationKeys,
    /// The number of the last row that was looked at.
    after: i64,
    done: Moved,
}

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that this run sealed under the new key.
    pub secrets: u64,
    /// Secrets that did not open under the older key either, and were left as they are.
    pub damaged: u64,
    /// The new key's fingerprint.
    pub key: String,
    /// It was started earlier, and ended now.
    pub resumed: bool,
    /// The file that still holds older keys: Posthouse may not write it.
    pub older_keys_in: Option<PathBuf>,
}

struct RotationKeys {
    /// None where nothing is left under an older key.
    from: Option<Arc<Key>>,
    to: Arc<Key>,
    resumed: bool,
}

#[derive(Default)]
struct Moved {
    secrets: u64,
    damaged: u64,
    last: Option<i64>,
}

impl Rotation {
    /// Makes the new key, keeps it in the file and says so in the database; or finds how far an earlier rotation came.
    pub async fn begin(config: &Config) -> Result<Self, OpenError> {
        let source = config.vault.clone().ok_or_else(|| not_now("No key file is named."))?;
        let store = Store::open(&config.store_options()).await?;
        let source_of = &source;
        let begin = |tx: WriteTx| async move {
            match begin(&tx, source_of).await {
                Ok(keys) => Ok(Ok(keys)),
                // What is wrong with the file is no fault of the store: it is handed through.
                Err(Stop::Vault(error)) => Ok(Err(error)),
                Err(Stop::StoreError(fault)) => Err(fault),
            }
        };
        let keys = store.write(begin).await.map_err(VaultError::from)??;
        Ok(Self { store, source, keys, after: i64::MIN, done: Moved::default() })
    }

    /// Seals the next data keys under the new key, at most this many, in one transaction. Gives how many rows it looked
    /// at: 0 when none is left.
    pub async fn step(&mut self, rows: u64) -> Result<u64, OpenError> {
        let (keys, after) = (&self.keys, self.after);
        let some = |tx: WriteTx| async move {
            let moved = if keys.is_going_on(&vault_state::lock(&tx).await?) {
                keys.move_rows(&tx, after, Some(rows)).await?
            } else {
                Moved::default()
            };
            Ok(moved)
        };
        let moved = self.store.write(some).await.map_err(VaultError::from)?;
        self.after = moved.last.unwrap_or(self.after);
        self.done.secrets += moved.secrets;
        self.done.damaged += moved.damaged;
        Ok(moved.secrets + moved.damaged)
    }

    /// Ends it: what is still left under the older key is moved, then that key leaves the database and the file.
    pub async fn finish(self) -> Result<Rotated, OpenError> {
        let (keys, source) = (&self.keys, &self.source);
        let end = |tx: WriteTx| async move {
            let state = vault_state::lock(&tx).await?;
            if !keys.is_going_on(&state) {
                return Ok(Moved::default());
            }
            let rest = keys.move_rows(&tx, i64::MIN, None).await?;
            vault_state::keep(&tx, &State { previous: None, ..state }).await?;
            Ok(rest)
        };
        let rest = self.store.write(end).await.map_err(VaultError::from)?;
        let clean = |tx: WriteTx| async move {
            let state = vault_state::lock(&tx).await?;
            let cleaned = keys.take_older_out(&state, source).await;
            Ok(cleaned)
        };
        let older_keys_in = self.store.write(clean).await.map_err(VaultError::from)??;
        // What was sealed under the older key stands there no more.
        self.store.empty_log().await;
        self.store.close().await;
        Ok(Rotated {
            secrets: self.done.secrets + rest.secrets,
            // Those that the steps left were looked at again.
            damaged: self.done.damaged.max(rest.damaged),
            key: self.keys.to.fingerprint().to_owned(),
            resumed: self.keys.resumed,
            older_keys_in,
        })
    }
}

impl RotationKeys {
    /// Whether the database still is where this rotation began, or another run ended it.
    fn is_going_on(&self, state: &State) -> bool {
        let from = self.from.as_ref().map(|key| key.fingerprint());
        let is_left = state.previous.is_some() && (from.is_none() || from == state.previous.as_deref());
        is_left && state.current.as_deref() == Some(self.to.fingerprint())
    }

    /// Moves rows that come after this one to the new key.
    async fn move_rows(&self, tx: &WriteTx, after: i64, rows: Option<u64>) -> Result<Moved, StoreError> {
        let Some(from) = &self.from else { return Ok(Moved::default()) };
        let records = secrets::under(tx, from.fingerprint(), after, rows).await?;
        let (mut moved, mut rewrapped) = (Moved::default(), Vec::new());
        for mut record in records {
            moved.last = Some(record.id);
            let Record { id, kind, record_id, field, version, wrapped, .. } = &record;
            let slot = Slot { kind, id: *record_id, field, version: *version };
            match from.rewrap(&self.to, &slot, wrapped) {
                Ok(wrapped) => {
                    record.wrapped = wrapped;
                    record.key = self.to.fingerprint().to_owned();
                    rewrapped.push(record);
                    moved.secrets += 1;
                }
                Err(fault) => {
                    tracing::warn!(id, kind, record_id, field, %fault, "a secret was left under the older key");
                    moved.damaged += 1;
                }
            }
        }
        secrets::keep_rewrapped(tx, rewrapped).await?;
        Ok(moved)
    }

    /// Leaves the new key alone in the file; the file's path if only others may write it.
    async fn take_older_out(&self, state: &State, source: &KeySource) -> Result<Option<PathBuf>, VaultError> {
        let to = self.to.fingerprint();
        if state.current.as_deref() != Some(to) || state.previous.is_some() {
            return Ok(None);
        }
        let keys = read_keys(source, to).await?;
        let is_first = keys.first().is_some_and(|key| key.fingerprint() == to);
        match (is_first && keys.len() > 1, source.is_ours_to_write()) {
            (false, _) => Ok(None),
            (true, false) => Ok(Some(source.path().to_owned())),
            (true, true) => source.write(vec![Arc::clone(&self.to)]).await.map(|()| None),
        }
    }
}

/// What ends the beginning of a rotation. The database is as it was.
enum Stop {
    StoreError(StoreError),
    Vault(VaultError),
}

impl From<StoreError> for Stop {
    fn from(fault: StoreError) -> Self {
        Self::StoreError(fault)
    }
}

impl From<VaultError> for Stop {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

/// Finds out from the database and the file what is to be done, and begins it.
async fn begin(tx: &WriteTx, source: &KeySource) -> Result<RotationKeys, Stop> {
    let state = vault_state::lock(tx).await?;
    let none = "The vault has no key yet: it is made when the server starts for the first time.";
    let current = state.current.clone().ok_or_else(|| not_now(none))?;
    let keys = read_keys(source, &current).await?;
    let find = |fingerprint: &str| keys.iter().find(|key| key.fingerprint() == fingerprint).cloned();
    let (Some(first), Some(now)) = (keys.first().cloned(), find(&current)) else {
        return Err(not_now("The key file holds no key.").into());
    };
    if let Some(previous) = state.previous {
        let from = find(&previous);
        if from.is_none() && !secrets::under(tx, &previous, i64::MIN, Some(1)).await?.is_empty() {
            let (file, found) = (source.clone(), first.fingerprint().to_owned());
            return Err(VaultError::Other { file, found, expected: previous }.into());
        }
        return Ok(RotationKeys { from, to: now, resumed: true });
    }
    let is_newer = first.fingerprint() != current;
    if !is_newer && keys.len() > 1 && source.is_ours_to_write() {
        // Killed before the older key left the file.
        return Ok(RotationKeys { from: None, to: now, resumed: true });
    }
    let rotation = if is_newer {
        // Killed between the file and the database; or somebody put a new key in front by hand.
        RotationKeys { from: Some(now), to: first, resumed: true }
    } else {
        make(source, now).await?
    };
    let to = rotation.to.fingerprint().to_owned();
    vault_state::keep(tx, &State { current: Some(to), previous: Some(current), ..state }).await?;
    Ok(rotation)
}

async fn make(source: &KeySource, from: Arc<Key>) -> Result<RotationKeys, VaultError> {
    if !source.is_ours_to_write() {
        return Err(not_now(
            "Only systemd writes the file of its credential. Put the line of a new key before the one that is there, \
             start the server again, then give this command again.",
        ));
    }
    let to = new_key()?;
    source.write(vec![Arc::clone(&to), Arc::clone(&from)]).await?;
    Ok(RotationKeys { from: Some(from), to, resumed: false })
}

fn not_now(why: &str) -> VaultError {
    VaultError::NotNow { why: why.to_owned() }
}
