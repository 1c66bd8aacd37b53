//! Sessions: kept in the database, named by a cookie that scripts cannot read. A session is made when somebody signs in
//! and says whose it is; nothing else is stored in it, and nothing changes it until it ends.

use std::collections::HashMap;

use app::api::SignedIn;
use app::ssr::{NOT_KEPT, WHO};
use async_trait::async_trait;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use backend::{Backend, FoundSession};
use model::Problem;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::base_url::BaseUrl;
use crate::http::refusal;

const NOT_WRITTEN: &str = "The database did not answer in time. Try again in a moment.";

pub fn layer(backend: Backend, base_url: &BaseUrl) -> SessionManagerLayer<Sessions> {
    let name = if base_url.https { "__Host-posthouse" } else { "posthouse" };
    let lifetime = i64::try_from(backend.session_lifetime().as_secs()).unwrap_or(i64::MAX);
    SessionManagerLayer::new(Sessions(backend))
        .with_name(name)
        .with_secure(base_url.https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        // The cookie is set at signing in alone. When a session has ended is the database's to say.
        .with_expiry(Expiry::OnInactivity(Duration::seconds(lifetime)))
}

/// The store that the sessions' layer asks.
#[derive(Clone)]
pub struct Sessions(Backend);

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let who = record.data.get(WHO).ok_or_else(|| Error::Encode("a session belongs to somebody".to_owned()))?;
        let SignedIn { id: user, proof } =
            serde_json::from_value(who.clone()).map_err(|error| Error::Encode(error.to_string()))?;
        while !self.0.create_session(&record.id.to_string(), user, &proof).await.map_err(failed)? {
            record.id = Id::default();
        }
        Ok(())
    }

    /// What a session says was written when it was made. It is never made again: it may have ended meanwhile.
    async fn save(&self, _record: &Record) -> Result<()> {
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.0.load_session(&id.to_string()).await.map_err(failed)?;
        found.map(|session| record(*id, session)).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete_session(&id.to_string()).await.map_err(failed)
    }
}

/// A refused form that could not be kept is not shown again: the answer says so in its place.
pub async fn tell_failures(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    if response.headers().contains_key(NOT_KEPT) {
        refusal::answer(&headers, &Problem::Unavailable(NOT_WRITTEN.to_owned()))
    } else {
        response
    }
}

/// The id is what was asked for: it is stored nowhere.
fn record(id: Id, FoundSession { user, proof, expires_at }: FoundSession) -> Result<Record> {
    let who = serde_json::to_value(SignedIn { id: user, proof }).map_err(|error| Error::Decode(error.to_string()))?;
    let expiry_date = OffsetDateTime::from_unix_timestamp(expires_at.0.div_euclid(1_000_000))
        .map_err(|error| Error::Decode(error.to_string()))?;
    Ok(Record { id, data: HashMap::from([(WHO.to_owned(), who)]), expiry_date })
}

fn failed(problem: Problem) -> Error {
    Error::Backend(problem.to_string())
}
