//! The status of a server function's answer: its error says which. leptos answers 500 for each.

use app::api::Fail;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use model::Problem;

/// The largest error that is read: a stale form holds two drafts.
const OCTETS: usize = 1024 * 1024;

pub async fn layer(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    if !is_api {
        return response;
    }
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    if response.status().is_redirection() {
        // leptos puts an error that nobody answered for into the address of the page before, or leads to the root:
        // arguments that do not parse, sent by something other than our forms.
        return match location {
            Some(location) if location.contains("__err=") || location == "/" => {
                let words = "The form was not understood. Go back, load the page again, and try once more.\n";
                (StatusCode::BAD_REQUEST, words).into_response()
            }
            _ => see_other(response),
        };
    }
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, OCTETS).await else {
        return problem(&Problem::Internal);
    };
    if let Ok(Fail(problem)) = serde_json::from_slice(&bytes) {
        parts.status = status(&problem);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// After a form the next page is asked for by GET.
fn see_other(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SEE_OTHER;
    response
}

fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// An answer of ours, in the form that a server function's errors have.
pub fn problem(problem: &Problem) -> Response {
    let body = serde_json::to_string(&Fail(problem.clone())).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    // The browser's side tells errors by this header.
    let error = (header::HeaderName::from_static("serverfnerror"), HeaderValue::from_static("error"));
    (status(problem), [(header::CONTENT_TYPE, json), error], body).into_response()
}
