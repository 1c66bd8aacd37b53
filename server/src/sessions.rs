//! Sessions: kept in the database, named by a cookie that scripts cannot read.

use async_trait::async_trait;
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use backend::Backend;
use model::{Moment, Problem};
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::cli::BaseUrl;
use crate::refusal;

/// A session ends this long after it was last changed: after signing in, that is.
const HOURS: i64 = 8;

const NOT_WRITTEN: &str = "The database did not answer in time. Try again in a moment.";

pub fn layer(backend: Backend, base_url: &BaseUrl) -> SessionManagerLayer<Sessions> {
    let name = if base_url.https { "__Host-posthouse" } else { "posthouse" };
    SessionManagerLayer::new(Sessions(backend))
        .with_name(name)
        .with_secure(base_url.https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(Duration::hours(HOURS)))
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
        loop {
            let (data, expires) = encode(record)?;
            if self.0.create_session(&record.id.to_string(), &data, expires).await.map_err(failed)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let (data, expires) = encode(record)?;
        self.0.save_session(&record.id.to_string(), &data, expires).await.map_err(failed)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let data = self.0.load_session(&id.to_string()).await.map_err(failed)?;
        data.map(|data| serde_json::from_slice(&data).map_err(|error| Error::Decode(error.to_string()))).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete_session(&id.to_string()).await.map_err(failed)
    }
}

/// The sessions' layer answers nothing but 500 when a session cannot be written; the person gets words.
pub async fn tell_failures(request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let is_bare = response.body().size_hint().exact() == Some(0);
    match response.status() == StatusCode::INTERNAL_SERVER_ERROR && is_bare {
        true => refusal::answer(&headers, &Problem::Unavailable(NOT_WRITTEN.to_owned())),
        false => response,
    }
}

fn encode(record: &Record) -> Result<(Vec<u8>, Moment)> {
    let data = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
    Ok((data, moment(record.expiry_date)))
}

fn moment(at: OffsetDateTime) -> Moment {
    Moment(at.unix_timestamp() * 1_000_000 + i64::from(at.microsecond()))
}

fn failed(problem: Problem) -> Error {
    Error::Backend(problem.to_string())
}
