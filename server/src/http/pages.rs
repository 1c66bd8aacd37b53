//! The routes that leptos answers: the pages, the server functions, and the page for every other address.
//!
//! leptos_axum's own router comes with a file service for its fallback, which the binary is not to hold; without it,
//! its list of routes complains at each start. The few lines that remain stand here.

use app::components::icon::AssetsRoot;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode, request::Parts};
use axum::response::Response;
use axum::routing::{get, post};
use backend::Backend;
use leptos::config::LeptosOptions;
use leptos::prelude::{Owner, provide_context};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context, render_app_async_with_context};
use leptos_meta::ServerMetaContext;
use leptos_router::location::RequestUrl;
use leptos_router::{ExpandOptionals, PathSegment, RouteList};

use crate::http::{assets, headers};

/// Every page, every server function, and for all else a page that says so with 404.
pub fn router<S: Clone + Send + Sync + 'static>(backend: Backend) -> Router<S> {
    // Set by the first router of the process; the tests make several.
    any_spawner::Executor::init_tokio().ok();
    let options = LeptosOptions::builder().output_name("posthouse").build();
    let context = move || {
        provide_context(backend.clone());
        provide_context(AssetsRoot(assets::root().to_owned()));
        provide_context(assets::lazy_modules());
        headers::set_page_policy();
    };
    let shell = move || {
        let (theme, at) = app::ssr::document();
        app::shell(options.clone(), assets::root(), theme, at)
    };
    let render = render_app_async_with_context(context.clone(), shell);
    let mut router = Router::new();
    for (path, method) in server_fn::axum::server_fn_paths() {
        // `cargo xtask tidy` refuses any other codec.
        debug_assert_eq!(method, Method::POST, "{path}");
        let context = context.clone();
        router = router.route(path, post(move |request: Request| handle_server_fns_with_context(context, request)));
    }
    for path in paths() {
        router = router.route(&path, get(render.clone()));
    }
    router.fallback(move |request: Request| not_found(render(request)))
}

/// The page for an address that no page has.
async fn not_found(page: impl Future<Output = Response>) -> Response {
    let mut response = page.await;
    // A page may have set another one, such as a redirect.
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The paths of all pages as axum writes them: `/settings/email/smtp/{id}/edit`.
fn paths() -> Vec<String> {
    let owner = Owner::new();
    let routes = owner.with(|| {
        // What the application asks for while it is walked through.
        provide_context(RequestUrl::new(""));
        provide_context(ServerMetaContext::new().0);
        provide_context::<Parts>(Request::new(Body::empty()).into_parts().0);
        provide_context(ResponseOptions::default());
        provide_context(AssetsRoot(String::new()));
        RouteList::generate(app::App)
    });
    owner.unset_with_forced_cleanup();
    let routes = routes.map(RouteList::into_inner).unwrap_or_default();
    routes.iter().flat_map(|route| route.path().to_vec().expand_optionals()).map(|segments| path(&segments)).collect()
}

fn path(segments: &[PathSegment]) -> String {
    let names = segments.iter().filter_map(|segment| match segment {
        PathSegment::Static(name) => Some(name.trim_matches('/').to_owned()).filter(|name| !name.is_empty()),
        PathSegment::Param(name) => Some(format!("{{{name}}}")),
        PathSegment::Splat(name) => Some(format!("{{*{name}}}")),
        // Expanded before.
        PathSegment::Unit | PathSegment::OptionalParam(_) => None,
    });
    names.map(|name| format!("/{name}")).collect()
}
