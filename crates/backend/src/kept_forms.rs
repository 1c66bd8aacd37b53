//! What pages keep in their readers' sessions: forms to be shown again, and notices for the next page. A session holds
//! a bounded amount, and nothing is kept for a session that has ended.

use model::Problem;
use store::kept_forms::Record;
use store::{StoreError, WriteTx, kept_forms, sessions};

use crate::Backend;
use crate::clock::now;
use crate::password::token_hash;

/// The most that one session holds, in octets of forms and of their names.
pub const KEPT_OCTETS: usize = 256 * 1024;
/// The most forms that one session holds.
const FORMS: usize = 50;

/// What became of a form that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFormOutcome {
    /// It is stored with the session.
    Kept,
    /// It is more than a session holds.
    TooLarge,
    /// The session has ended, or there was none.
    Ended,
}

impl Backend {
    /// Keeps a form in place of the one under this name. The oldest ones make room.
    pub async fn keep_form(&self, session: &str, name: &str, data: &[u8]) -> Result<SaveFormOutcome, Problem> {
        let octets = data.len() + name.len();
        if octets > KEPT_OCTETS {
            return Ok(SaveFormOutcome::TooLarge);
        }
        let session = &token_hash(session);
        let keep = move |tx: WriteTx| async move {
            // Those who sign out at this moment wait until it is kept, and then delete it, or it finds no session.
            if sessions::lock(&tx, session).await?.is_none() {
                return Ok(SaveFormOutcome::Ended);
            }
            let size = i64::try_from(octets).unwrap_or(i64::MAX);
            make_room(&tx, session, name, size).await?;
            let (session_id, name, data) = (session.clone(), name.to_owned(), data.to_vec());
            kept_forms::put(&tx, Record { session_id, name, data, octets: size, kept_at: now() }).await?;
            Ok(SaveFormOutcome::Kept)
        };
        self.store().write(keep).await
    }

    /// The form under this name, which stays kept.
    pub async fn peek_form(&self, session: &str, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        let session = token_hash(session);
        self.store().read(kept_forms::find(self.store().db(), &session, name)).await
    }

    /// The form under this name, which is kept no longer.
    pub async fn take_form(&self, session: &str, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        // Reading first: most pages have nothing to take, and write nothing.
        let Some(data) = self.peek_form(session, name).await? else {
            return Ok(None);
        };
        let session = &token_hash(session);
        let forget = move |tx: WriteTx| async move { kept_forms::delete(&tx, session, name).await };
        if let Err(problem) = self.store().write(forget).await {
            tracing::warn!(%problem, "a form that was shown again is kept still");
        }
        Ok(Some(data))
    }
}

/// Forgets the oldest forms beyond what a session holds beside a new one.
async fn make_room(tx: &WriteTx, session: &str, name: &str, size: i64) -> Result<(), StoreError> {
    let most = i64::try_from(KEPT_OCTETS).unwrap_or(i64::MAX);
    let mut total = size;
    for (number, (other, octets)) in kept_forms::others(tx, session, name).await?.into_iter().enumerate() {
        total = total.saturating_add(octets);
        if total > most || number + 1 >= FORMS {
            kept_forms::delete(tx, session, &other).await?;
        }
    }
    Ok(())
}
