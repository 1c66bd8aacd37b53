//! Browsers that people signed in with: a cookie that lets nobody in, but has tries of its own to sign in with.

use base16ct::lower::encode_string as hex;
use model::moment::DAY;
use model::{Actor, Moment, Problem, UserId};
use secrecy::{ExposeSecret, SecretString};
use store::{StoreError, WriteTx, known_devices};

use crate::Backend;
use crate::client::Client;
use crate::clock::now;
use crate::password::{random, token_hash};

/// How long a browser is known after the last sign-in: what its cookie is kept for, in seconds.
pub const DEVICE_SECONDS: u32 = 180 * 24 * 60 * 60;
const LIFETIME: i64 = 180 * DAY;
/// How many browsers of one person are known, the last ones that were used.
const AT_MOST: u64 = 20;

/// The number of no person: theirs begin with 1.
const NOBODY: UserId = UserId(0);

impl Backend {
    /// Knows this browser again when the person signs in the next time: gives what its cookie is to hold. None where
    /// that could not be kept, which is no reason not to sign somebody in.
    pub async fn remember_device(&self, actor: &Actor, client: &Client) -> Option<SecretString> {
        match self.keep_device(actor, client).await {
            Ok(token) => Some(token),
            Err(problem) => {
                tracing::warn!(%problem, "a browser could not be remembered");
                None
            }
        }
    }

    async fn keep_device(&self, actor: &Actor, client: &Client) -> Result<SecretString, Problem> {
        let at = now();
        // A token that was not given here could be somebody else's as well.
        let kept = match &client.device {
            Some(token) => {
                let id = token_hash(token.expose_secret());
                let is_known = known_devices::is_known(self.store().db(), &id, at.minus(LIFETIME));
                self.store().read(is_known).await?.then_some(token)
            }
            None => None,
        };
        let token = match kept {
            Some(token) => token.clone(),
            None => SecretString::from(hex(&random()?)),
        };
        let id = &token_hash(token.expose_secret());
        let keep = move |tx: WriteTx| async move { known_devices::keep(&tx, id, actor.id, at, AT_MOST).await };
        self.store().write(keep).await?;
        Ok(token)
    }

    /// The digest of the client's device, if this person signed in with it.
    pub(crate) async fn known_device(&self, client: &Client, user: Option<UserId>) -> Result<Option<String>, Problem> {
        let Some(token) = &client.device else {
            return Ok(None);
        };
        let id = token_hash(token.expose_secret());
        // Asked for nobody as well, so that the time that it takes tells nothing.
        let user = user.unwrap_or(NOBODY);
        let is_known = known_devices::is_known_to(self.store().db(), &id, user, now().minus(LIFETIME));
        Ok(self.store().read(is_known).await?.then_some(id))
    }
}

/// Forgets those that nobody signed in with for long.
pub(crate) async fn purge(tx: &WriteTx, at: Moment) -> Result<(), StoreError> {
    known_devices::purge(tx, at.minus(LIFETIME)).await
}
