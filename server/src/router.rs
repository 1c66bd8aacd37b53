//! The routes, and around them the layers that every request passes, from the outside in.

use std::time::Duration;

use anyhow::Context;
use app::components::icon::AssetsRoot;
use axum::Extension;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, State};
use axum::http::{Request, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use backend::{Backend, Readiness};
use leptos::prelude::*;
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list_with_exclusions_and_ssg_and_context};
use model::Actor;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::cli::BaseUrl;
use crate::{
    api_status, assets, export, guard, headers, import, limits, origin, preview, print, sessions, test_events, viewer,
};

/// Longer than the slowest test send, whose stages have a limit each.
const REQUEST_TIME: Duration = Duration::from_secs(180);

/// What requests are answered with.
#[derive(Clone)]
pub struct AppState {
    pub backend: Backend,
    options: LeptosOptions,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

impl FromRef<AppState> for Backend {
    fn from_ref(state: &AppState) -> Self {
        state.backend.clone()
    }
}

pub fn router(backend: Backend, base_url: &BaseUrl) -> anyhow::Result<Router> {
    let options = LeptosOptions::builder().output_name("posthouse").build();
    let state = AppState { backend: backend.clone(), options: options.clone() };
    let for_pages = {
        let backend = backend.clone();
        move || {
            provide_context(backend.clone());
            provide_context(AssetsRoot(assets::root().to_owned()));
            provide_context(assets::lazy_modules());
            headers::set_page_policy();
        }
    };
    let shell = move || {
        let (theme, at) = app::ssr::document();
        app::shell(options.clone(), assets::root(), theme, at)
    };
    let pages = Router::new()
        .leptos_routes_with_context(&state, routes(), for_pages.clone(), shell.clone())
        .fallback(leptos_axum::file_and_error_handler_with_context::<AppState, _>(for_pages, move |_| shell()))
        .layer(from_fn_with_state(state.clone(), viewer::layer));
    let pages = pages
        .route("/", get(home))
        .route(app::paths::FOOTER_PREVIEW, get(preview::saved).post(preview::typed))
        .route(app::paths::EXPORT, get(export::accounts))
        .route(app::paths::RUN_FILE, get(export::run))
        // How large it may be is said in `limits`.
        .route(app::paths::IMPORT_FILE, post(import::chosen).layer(DefaultBodyLimit::disable()))
        .route(app::paths::PRINT, get(print::accounts))
        .route(app::paths::TEST_EVENTS, get(test_events::events))
        .layer(from_fn(api_status::layer))
        .layer(from_fn(limits::layer))
        .layer(from_fn(guard::shorten))
        .layer(from_fn_with_state(state.clone(), guard::layer))
        .layer(sessions::layer(backend, base_url))
        .layer(from_fn(sessions::tell_failures))
        .layer(from_fn_with_state(origin::Allowed::from(base_url), origin::layer));
    let context = "the router's own layers are built of constants";
    Ok(Router::new()
        .merge(pages)
        .merge(assets::router())
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(state)
        // One step above the usual: brotli then models its contexts, and a list of accounts takes a tenth less.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(6)))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIME))
        .layer(CatchPanicLayer::new())
        .layer(headers::layer(base_url).context(context)?)
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request<_>| {
            // The path alone: queries hold what people search for, and the set-up link's token.
            tracing::info_span!("request", method = %request.method(), path = request.uri().path())
        })))
}

/// One's default view, or the whole report.
async fn home(State(backend): State<Backend>, Extension(actor): Extension<Actor>) -> Redirect {
    // What cannot be read now is no reason to show nothing.
    let query = backend.default_view(&actor).await.ok().flatten().unwrap_or_default();
    Redirect::to(&app::paths::report(&query))
}

fn routes() -> Vec<AxumRouteListing> {
    let context = || provide_context(AssetsRoot(String::new()));
    generate_route_list_with_exclusions_and_ssg_and_context(app::App, None, context).0
}

async fn ready(State(backend): State<Backend>) -> Response {
    match backend.ready().await {
        Ok(Readiness { warnings }) => {
            let warnings = warnings.iter().map(|warning| format!("warning: {warning}\n"));
            format!("ready\n{}", warnings.collect::<String>()).into_response()
        }
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n")).into_response(),
    }
}
