//! Opening the vault: the first start makes the key, every other one checks that it is the database's.

use std::sync::Arc;

use store::vault_state::{self, State};
use store::{Store, WriteTx};
use vault::{Key, KeySource, Keys, Vault, VaultError};

/// Opens the vault of a database.
pub(crate) async fn open_vault(store: &Store, source: KeySource) -> Result<Vault, VaultError> {
    let mut before = None;
    loop {
        let state = store.read(vault_state::find(store.db())).await?;
        let Some(current) = &state.current else {
            first_start(store, &source).await?;
            continue;
        };
        match read_keys(&source, current).await {
            Ok(keys) => {
                let vault = Vault::new(source, keys);
                super::upgrade::run(store, &vault).await?;
                return Ok(vault);
            }
            // A rotation between the two readings is no error: they are only believed when the database says the
            // same again.
            Err(error) if before.as_ref() == Some(&state) => return Err(error),
            Err(_) => before = Some(state),
        }
    }
}

/// The keys of the file, if the database's current one is among them.
pub(super) async fn read_keys(source: &KeySource, current: &str) -> Result<Keys, VaultError> {
    let (file, expected) = (source.clone(), current.to_owned());
    let Some(keys) = source.read().await? else {
        return Err(VaultError::Lost { file, expected });
    };
    if keys.iter().any(|key| key.fingerprint() == current) {
        Ok(keys)
    } else {
        let found = keys.first().map(|key| key.fingerprint().to_owned()).unwrap_or_default();
        Err(VaultError::Other { file, found, expected })
    }
}

/// Takes the key that is there, or makes one, and keeps its fingerprint. Of two servers that start at once, the second
/// one finds what the first one made.
async fn first_start(store: &Store, source: &KeySource) -> Result<(), VaultError> {
    let begin = |tx: WriteTx| async move {
        let state = vault_state::lock(&tx).await?;
        if state.current.is_some() {
            return Ok(Ok(()));
        }
        match read_or_make(source).await {
            Ok(fingerprint) => {
                vault_state::keep(&tx, &State { current: Some(fingerprint), ..state }).await?;
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(error)),
        }
    };
    store.write(begin).await?
}

async fn read_or_make(source: &KeySource) -> Result<String, VaultError> {
    let keys = match source.read().await? {
        Some(keys) => keys,
        None => {
            let keys = vec![new_key()?];
            source.write(keys.clone()).await?;
            let file = source.path().display();
            tracing::info!(%file, "a new key for the vault was made: keep a copy of its file, apart from the database");
            keys
        }
    };
    Ok(keys.first().map(|key| key.fingerprint().to_owned()).unwrap_or_default())
}

pub(super) fn new_key() -> Result<Arc<Key>, VaultError> {
    match Key::generate() {
        Ok(key) => Ok(Arc::new(key)),
        // Nothing else can go wrong.
        Err(_) => Err(VaultError::NoRandom),
    }
}
