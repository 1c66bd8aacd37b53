//! The key in a backup: given out for one where that is asked for, and put back from it.

use zeroize::Zeroizing;

use super::fault::VaultError;
use super::file::KeySource;
use super::key::{self, Keys};
use super::start::held;
use crate::backup::Existing;
use crate::clock::now;
use crate::store::vault::State;

/// The text of the key file; None where the vault has no key yet.
pub(crate) async fn key_text(source: &KeySource, state: &State) -> Result<Option<Zeroizing<String>>, VaultError> {
    let Some(current) = &state.current else { return Ok(None) };
    let keys = held(source, current).await?;
    match &state.previous {
        Some(previous) if !is_among(&keys, previous) => Err(VaultError::NotNow {
            why: "The vault's key is being rotated. Make the backup once that has ended.".to_owned(),
        }),
        _ => Ok(Some(key::write(&keys))),
    }
}

/// Whether the key file holds this key.
pub(crate) async fn holds_key(source: &KeySource, wanted: &str) -> bool {
    matches!(source.read().await, Ok(Some(keys)) if is_among(&keys, wanted))
}

/// Writes the key file as it was when the backup was made. One that holds the wanted key stays as it is; another one is
/// refused, or put under another name beside it.
pub(crate) async fn put_key_back(
    source: &KeySource,
    text: &str,
    wanted: &str,
    existing: Existing,
) -> Result<(), VaultError> {
    let keys = key::parse(text).ok().filter(|keys| is_among(keys, wanted)).ok_or_else(|| VaultError::NotNow {
        why: "The key in the backup is not the one that its secrets are sealed under.".to_owned(),
    })?;
    match source.read().await {
        Ok(Some(held)) if is_among(&held, wanted) => return Ok(()),
        Ok(None) | Err(VaultError::Empty { .. }) => {}
        Ok(Some(_)) if existing == Existing::Replaced => {
            let name = source.path().file_name().unwrap_or_default().display();
            source.set_aside(format!("{name}.before-restore-{}", now().0)).await?;
        }
        Ok(Some(_)) => {
            let file = source.path().display();
            return Err(VaultError::NotNow {
                why: format!(
                    "The vault's key file {file} holds another key than the backup. Put it elsewhere, or give --replace, which keeps it under another name."
                ),
            });
        }
        Err(error) => return Err(error),
    }
    source.write(keys).await
}

fn is_among(keys: &Keys, wanted: &str) -> bool {
    keys.iter().any(|key| key.fingerprint() == wanted)
}
