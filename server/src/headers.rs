//! The headers that every answer carries, and the content security policy of a page.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use tower::ServiceBuilder;
use tower::layer::util::{Identity, Stack};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::cli::BaseUrl;

/// What nothing but a page needs more than.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Set = SetResponseHeaderLayer<Option<HeaderValue>>;
type Layers = Stack<Set, Stack<Set, Stack<Set, Stack<Set, Stack<Set, Identity>>>>>;

/// Set where the answer does not say otherwise.
pub fn layer(base_url: &BaseUrl) -> anyhow::Result<Layers> {
    let set = |name: HeaderName, value: Option<&'static str>| {
        SetResponseHeaderLayer::if_not_present(name, value.map(HeaderValue::from_static))
    };
    Ok(ServiceBuilder::new()
        .layer(set(CONTENT_SECURITY_POLICY, Some(NOTHING)))
        .layer(set(REFERRER_POLICY, Some("same-origin")))
        .layer(set(X_CONTENT_TYPE_OPTIONS, Some("nosniff")))
        .layer(set(CACHE_CONTROL, Some("no-store")))
        .layer(set(STRICT_TRANSPORT_SECURITY, base_url.https.then_some("max-age=31536000")))
        .into_inner())
}

/// The policy of a page: its own script by a nonce, its own style, and frames of its own for the footer's preview.
pub fn set_page_policy() {
    let (Some(nonce), Some(options)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        options.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
