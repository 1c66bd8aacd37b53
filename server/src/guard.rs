//! Who may pass: nothing but sign-in, set-up, the assets and the health endpoints is reachable without a session.

use app::paths;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use backend::Backend;
use model::{AccountFilter, Problem};
use tower_sessions::Session;

use crate::api_status;

/// The pages and functions for people who are not signed in. All else is closed, new routes too.
const OPEN: [&str; 8] = [
    paths::SIGN_IN,
    paths::SET_UP,
    "/api/sign_in",
    "/api/set_up",
    "/api/load_sign_in",
    "/api/load_set_up",
    "/api/load_viewer",
    "/api/set_theme",
];

/// Finds out who asks, and turns away who may not.
pub async fn layer(State(backend): State<Backend>, mut request: Request, next: Next) -> Response {
    let open = OPEN.contains(&request.uri().path());
    let session = request.extensions().get::<Session>().cloned();
    let signed_in = match session {
        Some(session) => app::ssr::signed_in(&session).await,
        None => None,
    };
    if let Some(signed_in) = signed_in {
        match backend.find_user(signed_in.id).await {
            Ok(Some((actor, proof))) if proof == signed_in.proof => {
                request.extensions_mut().insert(actor);
                return next.run(request).await;
            }
            Ok(_) => {}
            Err(problem) if open => tracing::warn!(%problem, "A session could not be checked"),
            Err(problem) => return api_status::problem(&problem),
        }
    }
    if open {
        return next.run(request).await;
    }
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD) && !request.uri().path().starts_with("/api/");
    match (is_page, accepts_html(&request)) {
        (true, _) => {
            let wanted = request.uri().path_and_query().map_or("", |path| path.as_str());
            Redirect::to(&paths::sign_in(if wanted == "/" { "" } else { wanted })).into_response()
        }
        (false, true) => Redirect::to(paths::SIGN_IN).into_response(),
        (false, false) => api_status::problem(&Problem::SignedOut),
    }
}

fn accepts_html(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Every list has one short address: what a form without WebAssembly sends besides is taken out.
pub async fn shorten_lists(request: Request, next: Next) -> Response {
    if request.method() == Method::GET && request.uri().path() == paths::REPORT {
        let query = request.uri().query().unwrap_or_default();
        let short = AccountFilter::from_query(query).to_query();
        if short != query {
            let to = paths::report(&short);
            return (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
        }
    }
    next.run(request).await
}
