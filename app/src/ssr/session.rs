//! Sessions: who is signed in, and browsers that are known again.

use std::sync::{Arc, OnceLock};

use axum::http::HeaderName;
use axum::http::request::Parts;
use backend::{ProvenUser, SecretString};
use leptos::prelude::use_context;
use model::{Actor, Problem};
use tower_sessions::{Session, session, session_store};

use super::{actor, backend, client, set_header};
use crate::api::SignedIn;

/// The only entry of a session: [`SignedIn`].
pub const WHO: &str = "who";

/// Begins a session of the person's own, with a new identifier, and ends the one before. It belongs to the password
/// that was proven: a newer one refuses it.
pub async fn begin_session(proven: &ProvenUser) -> Result<(), Problem> {
    let session = session().ok_or(Problem::Internal)?;
    let signed_in = SignedIn { id: proven.actor.id, proof: proven.session_key.clone() };
    session.cycle_id().await.map_err(in_words)?;
    session.insert(WHO, signed_in).await.map_err(in_words)?;
    // Now, so that what the next page is to show can be kept in it.
    session.save().await.map_err(in_words)
}

fn in_words(error: session::Error) -> Problem {
    match error {
        // The store has logged it, and said what to do.
        session::Error::Store(session_store::Error::Backend(text)) => Problem::Unavailable(text),
        _ => Problem::Internal,
    }
}

/// Who the session belongs to.
pub async fn signed_in(session: &Session) -> Result<Option<SignedIn>, Problem> {
    session.get(WHO).await.map_err(in_words)
}

/// Ends the session and forgets what it held. The browser forgets what it keeps of the pages; cookies are not named:
/// that would take those of neighbouring hosts as well, and the session's own is taken back by itself.
pub async fn end_session() -> Result<(), Problem> {
    session().ok_or(Problem::Internal)?.flush().await.map_err(in_words)?;
    if let Ok(actor) = actor() {
        backend().audit_sign_out(&actor);
    }
    set_header(HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"");
    Ok(())
}

fn session() -> Option<Session> {
    use_context::<Parts>()?.extensions.get::<Session>().cloned()
}

/// The identifier of the session that was found, or that was created just now.
pub fn session_id() -> Option<String> {
    Some(session()?.id()?.to_string())
}

/// What the cookie of a browser that is to be known again will hold: left here for the server, which sets the cookie.
#[derive(Clone, Default)]
pub struct NewDevice(Arc<OnceLock<SecretString>>);

impl NewDevice {
    pub fn token(&self) -> Option<&SecretString> {
        self.0.get()
    }
}

/// Knows the browser again when this person signs in the next time.
pub async fn remember_device(actor: &Actor) {
    let new_device: Option<NewDevice> = use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned());
    let token = backend().remember_device(actor, &client()).await;
    if let (Some(NewDevice(place)), Some(token)) = (new_device, token) {
        // Set before only where a request signs in twice, which none does.
        let _first = place.set(token);
    }
}
