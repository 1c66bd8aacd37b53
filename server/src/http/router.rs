//! The routes, and around them the layers that every request passes, from the outside in.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state, map_request};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Extension, Router};
use backend::Backend;
use model::Actor;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::http::client_address::TrustedProxies;
use crate::http::device_cookie::DeviceCookie;
use crate::http::readiness::{self, Readiness};
use crate::http::render::{self, Renderer};
use crate::http::site::{self, Site};
use crate::http::{
    api_status, assets, audit, client_address, device_cookie, export, guard, headers, import, limits, origin, pages,
    posted_text, preview, print, sessions, test_events, viewer,
};
use crate::watchdog::Watchdog;

/// Longer than the slowest test send, whose stages have a limit each.
const REQUEST_TIME: Duration = Duration::from_secs(180);

/// What answers the requests, beside the use cases.
pub struct Parts {
    pub site: Site,
    pub trusted_proxies: TrustedProxies,
    pub renderer: Renderer,
    pub watchdog: Watchdog,
}

pub fn router(backend: Backend, parts: Parts) -> Router {
    let Parts { site, trusted_proxies, renderer, watchdog } = parts;
    let site = Arc::new(site);
    let readiness = Readiness::new(&backend, watchdog);
    let pages = pages::router(backend.clone())
        // Within what a client that leaves cannot cancel.
        .layer(from_fn(api_status::layer))
        .layer(from_fn_with_state(backend.clone(), audit::layer))
        .layer(from_fn_with_state(renderer, render::layer))
        .layer(from_fn_with_state(backend.clone(), viewer::layer));
    let page_of_text = pages.clone().with_state(backend.clone());
    let pages = pages
        .route("/", get(home))
        .route(app::paths::FOOTER_PREVIEW, get(preview::saved).post(preview::typed))
        .route(app::paths::EXPLAIN, post(posted_text::shown).with_state(page_of_text))
        .route(app::paths::EXPORT, get(export::accounts))
        .route(app::paths::RUN_FILE, get(export::run))
        // How large it may be is said in `limits`.
        .route(app::paths::IMPORT_FILE, post(import::chosen).layer(DefaultBodyLimit::disable()))
        .route(app::paths::PRINT, get(print::accounts))
        .route(app::paths::TEST_EVENTS, get(test_events::events))
        .layer(from_fn(limits::layer))
        .layer(from_fn(guard::shorten))
        .layer(from_fn_with_state(backend.clone(), guard::layer))
        .layer(sessions::layer(backend.clone(), &site.base_url))
        .layer(from_fn(sessions::tell_failures))
        .layer(from_fn_with_state(DeviceCookie::from(&site.base_url), device_cookie::layer))
        .layer(from_fn_with_state(site.clone(), origin::layer))
        .layer(from_fn_with_state(backend.clone(), audit::layer))
        .layer(from_fn_with_state(trusted_proxies, client_address::layer));
    Router::new()
        .merge(pages)
        .merge(assets::router())
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(readiness::ready).with_state(readiness))
        .with_state(backend)
        .layer(from_fn_with_state(site.clone(), site::layer))
        // One step above the usual: brotli then models its contexts, and a list of accounts takes a tenth less.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(6)))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIME))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(headers::usual(&site), headers::layer))
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
            // The path alone: queries hold what people search for, and the set-up link's token.
            let (method, path, id) = (request.method(), request.uri().path(), audit::number(request));
            tracing::info_span!("request", %method, path, id)
        }))
        .layer(PropagateRequestIdLayer::new(audit::REQUEST_ID))
        .layer(SetRequestIdLayer::new(audit::REQUEST_ID, MakeRequestUuid))
        .layer(map_request(audit::without_number))
}

/// One's default view, or the whole report.
async fn home(State(backend): State<Backend>, Extension(actor): Extension<Actor>) -> Redirect {
    // What cannot be read now is no reason to show nothing.
    let query = backend.default_view(&actor).await.ok().flatten().unwrap_or_default();
    Redirect::to(&app::paths::report(&query))
}
