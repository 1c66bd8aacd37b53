//! Why a backend did not open: one line that says what was found and what to do.

use store::ConnectError;
use thiserror::Error;
use vault::VaultError;

#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] ConnectError),
    #[error(transparent)]
    Vault(#[from] VaultError),
}
