//! The key in a backup: given out for one where that is asked for, and put back from it.

use store::vault_state::State;
use vault::{KeySource, Keys, VaultError};
use zeroize::Zeroizing;

use super::start::read_keys;
use crate::clock::now;
use crate::existing::Existing;

/// The text of the key file; None where the vault has no key yet.
pub(crate) async fn key_text(source: &KeySource, state: &State) -> Result<Option<Zeroizing<String>>, VaultError> {
    let Some(current) = &state.current else { return Ok(None) };
    let keys = read_keys(source, current).await?;
    match &state.previous {
        Some(previous) if !is_among(&keys, previous) => Err(VaultError::NotNow {
            why: "The vault's key is being rotated. Make the backup once that has ended.".to_owned(),
        }),
        _ => Ok(Some(vault::write_keys(&keys))),
    }
}

/// Whether the key file holds this key.
pub(crate) async fn holds_key(source: &KeySource, fingerprint: &str) -> bool {
    matches!(source.read().await, Ok(Some(keys)) if is_among(&keys, fingerprint))
}

/// Writes the keys of a backup into the key file, before the database is restored. A file that holds this key
/// stays as it is. One that holds another key is refused, or copied to another name beside it; it then holds the
/// keys of both until [`PutBack::end`], so that the database finds its key whether it was restored or not.
pub(crate) async fn put_key_back(
    source: &KeySource,
    text: &str,
    fingerprint: &str,
    existing: Existing,
) -> Result<PutBack, VaultError> {
    let keys = vault::parse_keys(text).ok().filter(|keys| is_among(keys, fingerprint)).ok_or_else(|| {
        VaultError::NotNow { why: "The key in the backup is not the one that its secrets are sealed under.".to_owned() }
    })?;
    match source.read().await {
        Ok(Some(present)) if is_among(&present, fingerprint) => Ok(PutBack { source: source.clone(), left: None }),
        Ok(None) | Err(VaultError::Empty(_)) => {
            source.write(keys).await?;
            Ok(PutBack { source: source.clone(), left: None })
        }
        Ok(Some(present)) if existing == Existing::Replaced => {
            source.copy_to(format!("before-restore-{}", now().0), present.clone()).await?;
            source.write(keys.iter().chain(&present).take(vault::MAX_KEYS).cloned().collect()).await?;
            Ok(PutBack { source: source.clone(), left: Some(keys) })
        }
        Ok(Some(_)) => {
            let file = source.path().display();
            Err(VaultError::NotNow {
                why: format!(
                    "The vault's key file {file} holds another key than the backup. Put it elsewhere, or give --replace, which keeps it under another name."
                ),
            })
        }
        Err(error) => Err(error),
    }
}

/// A key file that holds the keys of a backup.
pub(crate) struct PutBack {
    source: KeySource,
    /// What is left in it once the database is restored, where it also holds other keys until then.
    left: Option<Keys>,
}

impl PutBack {
    /// Leaves the keys of the backup alone in the file.
    pub(crate) async fn end(self) {
        let Some(keys) = self.left else { return };
        if let Err(error) = self.source.write(keys).await {
            tracing::warn!(%error, "the vault's key file still holds the key of before the restore");
        }
    }
}

fn is_among(keys: &Keys, fingerprint: &str) -> bool {
    keys.iter().any(|key| key.fingerprint() == fingerprint)
}
