//! Passwords: argon2id with its recommended cost, away from the threads that serve pages and a few at a time, since
//! each
//! takes 19 MB and some 20 ms.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use model::Problem;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::hex::hex;

/// Hashes at the same time.
const AT_ONCE: usize = 2;
/// How long a hash may wait for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// What is compared with where nobody has the address, so that the answer takes as long: the usual cost, no password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub struct Passwords {
    turns: Arc<Semaphore>,
    hashes: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), hashes: Arc::default() }
    }
}

impl Passwords {
    /// A PHC string with a new salt.
    pub async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        let hash = move || Argon2::default().hash_password(password.expose_secret().as_bytes());
        let hash: Result<PasswordHash, password_hash::Error> = self.run(hash).await?;
        hash.map(|hash| hash.to_string()).map_err(|error| {
            tracing::error!(error = %error, "hashing a password failed");
            Problem::Internal
        })
    }

    /// Whether it is the password of `known`, a PHC string; one hash whether anybody is known or not.
    pub async fn is_right(&self, password: SecretString, known: Option<&str>) -> Result<bool, Problem> {
        let hash = known.unwrap_or(NOBODY).to_owned();
        let is_right = move || {
            let hash = PasswordHash::new(&hash)?;
            Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash)
        };
        match self.run(is_right).await? {
            Ok(()) => Ok(known.is_some()),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => {
                tracing::error!(error = %error, "a stored password hash cannot be read");
                Err(Problem::Internal)
            }
        }
    }

    /// How many hashes were made since the start.
    pub fn hashes(&self) -> u64 {
        self.hashes.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let busy =
            || Problem::TooMany("Too many people sign in at this moment. Try again in a few seconds.".to_owned());
        let turn = timeout(WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| busy())?.map_err(|_| busy())?;
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| {
            tracing::error!(error = %error, "hashing a password failed");
            Problem::Internal
        })
    }
}

/// 32 bytes that nobody can guess, from the operating system.
pub fn random() -> Result<[u8; 32], Problem> {
    let mut bytes = [0; 32];
    for half in bytes.chunks_exact_mut(16) {
        half.copy_from_slice(&password_hash::try_generate_salt().map_err(|error| {
            tracing::error!(error = %error, "the operating system gives no random numbers");
            Problem::Internal
        })?);
    }
    Ok(bytes)
}

/// What is kept of a random token: enough to know it again, not enough to use it.
pub fn token_hash(token: &str) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery".into()).await.expect("it hashes");
        assert_eq!(passwords.is_right("correct horse battery".into(), Some(&hash)).await, Ok(true));
        assert_eq!(passwords.is_right("correct horse batterz".into(), Some(&hash)).await, Ok(false));
        assert_eq!(passwords.is_right("correct horse battery".into(), None).await, Ok(false));
        assert_ne!(passwords.hash("correct horse battery".into()).await, Ok(hash), "each hash has its own salt");
        assert_eq!(passwords.hashes(), 5);
    }

    #[tokio::test]
    async fn nobody_costs_as_much_as_somebody() {
        let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        let somebody = Passwords::default().hash("correct horse battery".into()).await.expect("it hashes");
        assert_eq!(cost(&somebody), cost(NOBODY));
        assert_eq!(somebody.len(), NOBODY.len());
    }
}
