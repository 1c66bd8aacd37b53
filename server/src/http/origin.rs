//! Writes come from our own pages alone. A browser says where a request comes from: `Sec-Fetch-Site` where the
//! connection is trustworthy, `Origin` on every POST. A request that says neither is refused.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use model::Problem;

use crate::base_url::BaseUrl;
use crate::http::refusal;
use crate::http::site::Site;

pub async fn layer(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    if reads || site.asked_for(request.uri(), headers).is_some_and(|address| is_ours(headers, address)) {
        return next.run(request).await;
    }
    let text = "This request came from another site. Nothing was changed.";
    refusal::answer(headers, &Problem::Forbidden(text.to_owned()))
}

/// Whether a request comes from a page at the address that it is for.
fn is_ours(headers: &HeaderMap, address: &BaseUrl) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).map(str::to_lowercase);
    match (text(header::HeaderName::from_static("sec-fetch-site")), origin) {
        (Some("same-origin"), None) => true,
        (Some("same-origin") | None, Some(origin)) => origin == address.origin,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_pages_may_write() {
        let check = |pairs: &[(&'static str, &'static str)], ours: bool| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            let address = BaseUrl::parse("https://posthouse.example").expect("it is one");
            assert_eq!(is_ours(&headers, &address), ours, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://posthouse.example")], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("origin", "https://posthouse.example")], true);
        check(&[], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "http://posthouse.example")], false);
        check(&[("origin", "https://posthouse.example:8443")], false);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "https://evil.example"), ("host", "evil.example")], false);
        check(&[("origin", "https://posthouse.example.evil.example")], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false);
        check(&[("sec-fetch-site", "same-site"), ("origin", "https://posthouse.example")], false);
        check(&[("sec-fetch-site", "none")], false);
    }
}
