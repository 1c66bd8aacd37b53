//! Writes come from our own pages alone. A browser says where a request comes from: `Sec-Fetch-Site` where the
//! connection is trustworthy, `Origin` on every POST. A request that says neither is refused.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use model::Problem;

use crate::cli::BaseUrl;
use crate::refusal;

/// The origin that people reach Posthouse by.
#[derive(Clone)]
pub struct Allowed(String);

impl From<&BaseUrl> for Allowed {
    fn from(url: &BaseUrl) -> Self {
        Self(url.origin.clone())
    }
}

pub async fn layer(State(allowed): State<Allowed>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_ours(request.headers(), &allowed) {
        return next.run(request).await;
    }
    let text = "This request came from another site. Nothing was changed.";
    refusal::answer(request.headers(), &Problem::Forbidden(text.to_owned()))
}

fn is_ours(headers: &HeaderMap, allowed: &Allowed) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).map(str::to_lowercase);
    let same = |origin: &str| {
        let host = text(header::HOST).map(str::to_lowercase);
        let named = origin.split_once("://").map(|(_, authority)| authority.to_owned());
        origin == allowed.0 || (named.is_some() && named == host)
    };
    match (text(header::HeaderName::from_static("sec-fetch-site")), origin) {
        (Some("same-origin"), None) => true,
        (Some("same-origin") | None, Some(origin)) => same(&origin),
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
            headers.insert("host", HeaderValue::from_static("posthouse.example"));
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            let allowed = Allowed("https://mail.example".to_owned());
            assert_eq!(is_ours(&headers, &allowed), ours, "{pairs:?}");
        };
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://posthouse.example")], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("origin", "http://posthouse.example")], true);
        check(&[("origin", "https://mail.example")], true);
        check(&[], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "https://posthouse.example.evil.example")], false);
        check(&[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")], false);
        check(&[("sec-fetch-site", "same-site"), ("origin", "https://posthouse.example")], false);
        check(&[("sec-fetch-site", "none")], false);
    }
}
