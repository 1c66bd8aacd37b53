//! Passwords: argon2id with its recommended cost, away from the threads that serve pages and a few at a time.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use base16ct::lower::encode_string as hex;
use model::Problem;
use secrecy::{ExposeSecret, SecretString};

use crate::hash_queue::{HashFor, HashQueue, Turn};

/// What is compared with where nobody has the address, so that the answer takes as long: the usual cost, no password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

#[derive(Default)]
pub struct Passwords {
    queue: HashQueue,
    hashes: AtomicU64,
}

impl Passwords {
    /// Waits for the turn to make one hash.
    pub async fn turn(&self, who: HashFor) -> Result<Turn, Problem> {
        self.queue.turn(who).await
    }

    /// A PHC string with a new salt, for somebody who has shown who they are.
    pub async fn hash(&self, password: SecretString) -> Result<String, Problem> {
        let hash = move || Argon2::default().hash_password(password.expose_secret().as_bytes());
        let hash: Result<PasswordHash, password_hash::Error> = self.run(self.turn(HashFor::Known).await?, hash).await?;
        hash.map(|hash| hash.to_string()).map_err(|error| {
            tracing::error!(error = %error, "hashing a password failed");
            Problem::Internal
        })
    }

    /// Whether it is the password of `known`, a PHC string; one hash whether anybody is known or not.
    pub async fn is_right(&self, turn: Turn, password: SecretString, known: Option<&str>) -> Result<bool, Problem> {
        let hash = known.unwrap_or(NOBODY).to_owned();
        let is_right = move || {
            let hash = PasswordHash::new(&hash)?;
            Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash)
        };
        match self.run(turn, is_right).await? {
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

    async fn run<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
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
        let is_right = async |password: &str, known: Option<&str>| {
            let turn = passwords.turn(HashFor::Known).await?;
            passwords.is_right(turn, password.into(), known).await
        };
        assert_eq!(is_right("correct horse battery", Some(&hash)).await, Ok(true));
        assert_eq!(is_right("correct horse batterz", Some(&hash)).await, Ok(false));
        assert_eq!(is_right("correct horse battery", None).await, Ok(false));
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
