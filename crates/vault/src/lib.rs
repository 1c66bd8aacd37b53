//! Secrets sealed at rest, and the keys that open them: pure cryptography and the key file, without a database.
//!
//! Each secret is sealed under a data key of its own, for its record, its user name and the rules of where it may go
//! (`seal.rs`). The data key is sealed under the key-encryption key, which stands in a file (`file.rs`) and not in the
//! database. Whoever opens a [`Vault`] checks the file's key by its fingerprint, which the database knows.

#![deny(missing_docs)]

use std::sync::{Arc, PoisonError, RwLock};

mod error;
mod file;
mod key;
mod key_source;
mod seal;

pub use error::{VaultError, VaultFault};
pub use key::{Key, KeyFileError, Keys, MAX_KEYS, parse_keys, write_keys};
pub use key_source::{KeySource, PREFIX};
pub use seal::{FORMAT, SealContext, Sealed, Slot};

/// The keys that a process holds. Cloning it is cheap; all clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Vault {
    /// None in commands that need no secret.
    inner: Option<Arc<Inner>>,
}

#[derive(Debug)]
struct Inner {
    source: KeySource,
    /// Those of the file as it was read last, then others that stood there before: what was read from the database a
    /// moment ago may still be under them.
    keys: RwLock<Keys>,
}

impl Vault {
    /// Holds keys that were read from this file, the current one first.
    pub fn new(source: KeySource, keys: Keys) -> Self {
        Self { inner: Some(Arc::new(Inner { source, keys: RwLock::new(keys) })) }
    }

    /// The key of this fingerprint. If the process does not hold it, another one may have rotated: the file is read
    /// again, once.
    pub async fn key(&self, fingerprint: &str) -> Result<Arc<Key>, VaultFault> {
        let inner = self.inner.as_ref().ok_or(VaultFault::Closed)?;
        if let Some(key) = inner.find(fingerprint) {
            return Ok(key);
        }
        let read = inner.source.read().await.map_err(Box::new)?;
        inner.replace(read.unwrap_or_default());
        tracing::info!(key = fingerprint, "the vault's key file was read again");
        inner
            .find(fingerprint)
            .ok_or_else(|| VaultFault::NoKey { expected: fingerprint.to_owned(), found: inner.current() })
    }
}

impl Inner {
    fn find(&self, fingerprint: &str) -> Option<Arc<Key>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.fingerprint() == fingerprint).cloned()
    }

    fn replace(&self, read: Keys) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *keys, read);
        for key in before {
            if keys.iter().all(|other| other.fingerprint() != key.fingerprint()) {
                keys.push(key);
            }
        }
    }

    /// The fingerprint of the file's current key.
    fn current(&self) -> String {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.first().map(|key| key.fingerprint().to_owned()).unwrap_or_default()
    }
}
