//! Sessions, for the server's session store: who signed in, until when. Of an id only its hash is kept, so that a copy
//! of the database signs nobody in.

use std::time::Duration;

use model::moment::MINUTE;
use model::{Moment, Problem, UserId};
use store::sessions::Record;
use store::{WriteTx, sessions, users};

use crate::Backend;
use crate::clock::now;
use crate::password::token_hash;

/// How often it is noted that a session is used.
const NOTED_EVERY: i64 = MINUTE;

/// The most sessions that one person has: more than anybody's browsers. Each may keep forms.
const OF_ONE_PERSON: u64 = 50;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// Without any request.
    pub idle: Duration,
    /// From signing in, whatever is asked for meanwhile.
    pub lifetime: Duration,
}

/// Half an hour without a request, and a working day in all, as OWASP's session management cheat sheet advises.
impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(30 * 60), lifetime: Duration::from_secs(12 * 60 * 60) }
    }
}

impl SessionLimits {
    fn is_over(&self, session: &Record, at: Moment) -> bool {
        let Record { id: _, user_id: _, session_key: _, signed_in_at, seen_at, expires_at } = session;
        *expires_at <= at || *signed_in_at <= earlier(at, self.lifetime) || *seen_at <= earlier(at, self.idle)
    }
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundSession {
    /// Who signed in.
    pub user: UserId,
    /// The person's key as it was at signing in.
    pub proof: Vec<u8>,
    /// The absolute end, however much it is used.
    pub expires_at: Moment,
}

impl Backend {
    /// Begins a session of somebody who signed in, with the key of the [`crate::ProvenUser`]; false if its id is there
    /// already. Where the person has more than [`OF_ONE_PERSON`], the oldest end.
    pub async fn create_session(&self, id: &str, user: UserId, proof: &[u8]) -> Result<bool, Problem> {
        let (id, limits) = (&token_hash(id), self.inner.session_limits);
        let create = move |tx: WriteTx| async move {
            let at = now();
            // Whoever is disabled at this moment, or changes the password, ends this session as well, or it is refused.
            let user = users::lock(&tx, user).await?.filter(|user| user.disabled_at.is_none());
            let user = user.filter(|user| user.session_key == proof).ok_or(Problem::SignedOut)?;
            let session = Record {
                id: id.clone(),
                user_id: user.id,
                session_key: user.session_key,
                signed_in_at: at,
                seen_at: at,
                expires_at: later(at, limits.lifetime),
            };
            let is_new = sessions::insert(&tx, session).await?;
            if is_new {
                sessions::keep_newest(&tx, user.id, id, OF_ONE_PERSON - 1).await?;
                users::keep_sign_in(&tx, user.id, at).await?;
            }
            Ok(is_new)
        };
        self.store().write(create).await
    }

    /// A session that has not ended; it is noted that it is used.
    pub async fn load_session(&self, id: &str) -> Result<Option<FoundSession>, Problem> {
        let (id, at) = (&token_hash(id), now());
        let found = self.store().read(sessions::find(self.store().db(), id)).await?;
        let Some(session) = found.filter(|session| !self.inner.session_limits.is_over(session, at)) else {
            return Ok(None);
        };
        if session.seen_at <= at.minus(NOTED_EVERY) {
            let note = move |tx: WriteTx| async move { sessions::touch(&tx, id, at).await };
            // The next request notes it.
            if let Err(problem) = self.store().write(note).await {
                tracing::warn!(%problem, "it could not be noted that a session is used");
            }
        }
        Ok(Some(FoundSession { user: session.user_id, proof: session.session_key, expires_at: session.expires_at }))
    }

    /// Ends a session, with all that was kept in it.
    pub async fn delete_session(&self, id: &str) -> Result<(), Problem> {
        let id = &token_hash(id);
        let delete = move |tx: WriteTx| async move { sessions::delete(&tx, id).await };
        self.store().write(delete).await
    }

    /// How long a session lasts from signing in.
    pub fn session_lifetime(&self) -> Duration {
        self.inner.session_limits.lifetime
    }
}

fn earlier(at: Moment, by: Duration) -> Moment {
    at.minus(microseconds(by))
}

fn later(at: Moment, by: Duration) -> Moment {
    Moment(at.0.saturating_add(microseconds(by)))
}

fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
