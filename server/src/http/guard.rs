//! Who may pass: nothing but sign-in, set-up, the assets and the health endpoints is reachable without a session.

use app::paths;
use app::sections::Section;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use backend::Backend;
use model::{Actor, Origin, Problem};
use tower_sessions::Session;

use crate::http::audit::{self, Refusal};
use crate::http::refusal;

/// The pages and functions for people who are not signed in. All else is closed, new routes too.
const OPEN: [&str; 7] = [
    paths::SIGN_IN,
    paths::SET_UP,
    "/api/sign_in",
    "/api/set_up",
    "/api/load_sign_in",
    "/api/load_set_up",
    "/api/set_theme",
];

/// Whether strangers may ask for it.
pub fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// Finds out who asks, and turns away who may not.
pub async fn layer(State(backend): State<Backend>, mut request: Request, next: Next) -> Response {
    let open = is_open(request.uri().path());
    let session = request.extensions().get::<Session>().cloned();
    let found = match session {
        Some(session) => who(&backend, &session, &audit::origin(&request)).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(actor)) => {
            request.extensions_mut().insert(actor.clone());
            let mut response = next.run(request).await;
            // For those who record what was refused.
            response.extensions_mut().insert(actor);
            return response;
        }
        Ok(None) => {}
        Err(problem) if open => tracing::warn!(%problem, "A session could not be checked"),
        // Nobody is told to sign in again because the database is away.
        Err(problem) => return refusal::answer(request.headers(), &problem),
    }
    if open {
        return next.run(request).await;
    }
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD) && !request.uri().path().starts_with("/api/");
    let mut response = match (is_page, refusal::accepts_html(request.headers())) {
        (true, _) => {
            let wanted = request.uri().path_and_query().map_or("", |path| path.as_str());
            Redirect::to(&paths::sign_in(if wanted == "/" { "" } else { wanted })).into_response()
        }
        (false, true) => Redirect::to(paths::SIGN_IN).into_response(),
        (false, false) => refusal::answer(request.headers(), &Problem::SignedOut),
    };
    response.extensions_mut().insert(Refusal::Status(Problem::SignedOut.status()));
    response
}

/// Who the session belongs to.
async fn who(backend: &Backend, session: &Session, origin: &Origin) -> Result<Option<Actor>, Problem> {
    let Some(signed_in) = app::ssr::signed_in(session).await? else {
        return Ok(None);
    };
    let found = backend.find_user(signed_in.id, origin).await?;
    Ok(found.filter(|(_, proof)| *proof == signed_in.proof).map(|(actor, _)| actor))
}

/// Every page has one short address: a slash at its end is taken out, and from a list what a form without WebAssembly
/// sends besides.
pub async fn shorten(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let short = path.trim_end_matches('/');
    // Two slashes at the beginning would lead to another site.
    if request.method() == Method::GET && short != path && !short.is_empty() && !short.starts_with("//") {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{short}{query}"))]).into_response();
    }
    if request.method() == Method::GET
        && let Some((list, short)) = short_list(request.uri())
    {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{list}{short}"))]).into_response();
    }
    next.run(request).await
}

/// The list and the short query that lead to what is asked for, where the query is longer than it has to be.
fn short_list(asked: &Uri) -> Option<(&'static str, String)> {
    let query = asked.query().unwrap_or_default();
    let list = Section::at(asked.path())?;
    let short = list.short_query?(query);
    let mark = if short.is_empty() { "" } else { "?" };
    (short != query).then(|| (list.path, format!("{mark}{short}")))
}
