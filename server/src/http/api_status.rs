//! The status of a server function's answer: its error says which. leptos answers 500 for each.

use app::api::Fail;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use model::Problem;

use crate::http::audit::Refusal;
use crate::http::refusal;

const NOT_UNDERSTOOD: &str = "The form was not understood. Go back, load the page again, and try once more.";
/// They prove a password or a link, and record each attempt.
const RECORD_THEMSELVES: [&str; 2] = ["/api/sign_in", "/api/set_up"];
/// The largest error that is read: a stale form holds two drafts.
const OCTETS: usize = 1024 * 1024;

pub async fn layer(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let records_itself = RECORD_THEMSELVES.contains(&request.uri().path());
    let asked =
        HeaderMap::from_iter(request.headers().get(header::ACCEPT).map(|accept| (header::ACCEPT, accept.clone())));
    let response = next.run(request).await;
    if !is_api {
        return response;
    }
    if response.status().is_redirection() {
        return if was_not_understood(response.headers()) {
            refusal::answer(&asked, &Problem::Malformed(NOT_UNDERSTOOD.to_owned()))
        } else {
            see_other(response)
        };
    }
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, OCTETS).await else {
        return refusal::answer(&asked, &Problem::Internal);
    };
    if let Ok(Fail(problem)) = serde_json::from_slice(&bytes) {
        parts.status = refusal::status(&problem);
        refusal::set_retry_after(&mut parts.headers, &problem);
        if records_itself {
            parts.extensions.insert(Refusal::Recorded);
        }
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// leptos puts an error that nobody answered for into the address of the page before, or sends the browser to `/` where
/// it does not know that page: arguments that do not parse, sent by something other than our forms.
fn was_not_understood(headers: &HeaderMap) -> bool {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    headers.contains_key("serverfnerror") && (location == "/" || location.contains("__err="))
}

/// After a form the next page is asked for by GET.
fn see_other(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SEE_OTHER;
    response
}
