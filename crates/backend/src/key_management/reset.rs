//! `posthouse vault reset`: the way out when the key is lost. Every secret is forgotten, and a new key is made.

use std::sync::Arc;

use store::audit::{Action, Event, Resource};
use store::vault_state::{self, State};
use store::{Store, WriteTx, accounts, secrets};
use vault::{Key, KeySource, VaultError};

use super::start::new_key;
use crate::audit::{ended_command, from_command};
use crate::clock::now;
use crate::{Backend, Config, OpenError};

/// What a reset did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// How many secrets were deleted.
    pub secrets: u64,
    /// The new key's fingerprint.
    pub key: String,
}

impl Backend {
    /// How many secrets a reset would forget.
    pub async fn count_secrets(config: &Config) -> Result<u64, OpenError> {
        let store = Store::open(&config.store_options()).await?;
        let count = store.read(secrets::count(store.db())).await.map_err(VaultError::from)?;
        store.close().await;
        Ok(count)
    }

    /// Forgets every secret, and makes a new key. A key file that was there is kept beside it, under another name.
    pub async fn reset_vault(config: &Config) -> Result<Forgotten, OpenError> {
        let event = Event::from(&from_command(), Action::ResetVault).on(Resource::Vault);
        ended_command(Self::forget_secrets(config).await, event)
    }

    async fn forget_secrets(config: &Config) -> Result<Forgotten, OpenError> {
        let source =
            config.vault.clone().ok_or_else(|| VaultError::NotNow { why: "No key file is named.".to_owned() })?;
        let store = Store::open(&config.store_options()).await?;
        let source = &source;
        let reset = |tx: WriteTx| async move {
            // As those who save credentials take their locks.
            accounts::lock(&tx).await?;
            let state = vault_state::lock(&tx).await?;
            let key = match other_key(source, &state).await {
                Ok(key) => key.fingerprint().to_owned(),
                Err(error) => return Ok(Err(error)),
            };
            let secrets = secrets::forget_all(&tx).await?;
            vault_state::keep(&tx, &State { current: Some(key.clone()), previous: None, ..state }).await?;
            Ok(Ok(Forgotten { secrets, key }))
        };
        let forgotten = store.write(reset).await.map_err(VaultError::from)?;
        store.empty_log().await;
        store.close().await;
        Ok(forgotten?)
    }
}

/// A key that is not the database's: a new one, or the one that systemd gives.
async fn other_key(source: &KeySource, state: &State) -> Result<Arc<Key>, VaultError> {
    match source.read().await {
        Ok(Some(keys)) if !source.is_ours_to_write() => {
            let is_other = |key: &Arc<Key>| Some(key.fingerprint()) != state.current.as_deref();
            keys.first().filter(|key| is_other(key)).cloned().ok_or_else(|| VaultError::NotNow {
                why: "Only systemd writes the file of its credential. Put the line of a new key into it first."
                    .to_owned(),
            })
        }
        Ok(None) | Err(VaultError::Empty(_)) => make(source).await,
        Ok(Some(_)) => replace(source).await,
        // The file of this name in the data folder is nobody else's.
        Err(VaultError::NotUnderstood { .. } | VaultError::TooMany(_) | VaultError::TooOpen { .. })
            if matches!(source, KeySource::InFolder(_)) =>
        {
            replace(source).await
        }
        Err(error) => Err(error),
    }
}

async fn replace(source: &KeySource) -> Result<Arc<Key>, VaultError> {
    let name = source.path().file_name().unwrap_or_default().display();
    source.set_aside(format!("{name}.before-reset-{}", now().0)).await?;
    make(source).await
}

async fn make(source: &KeySource) -> Result<Arc<Key>, VaultError> {
    let key = new_key()?;
    source.write(vec![Arc::clone(&key)]).await?;
    Ok(key)
}
