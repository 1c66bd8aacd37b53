//! Why a backend did not open: one line that says what was found and what to do.

use store::ConnectError;
use thiserror::Error;
use vault::VaultError;

/// Why a backend did not open. `Display` is a sentence for who started it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database cannot be connected to, or is not one that this program can use.
    #[error(transparent)]
    Store(#[from] ConnectError),
    /// The vault did not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
}
