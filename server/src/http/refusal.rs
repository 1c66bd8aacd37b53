//! Answers that end a request before it reaches a page or a server function: in words for a person where a browser asks
//! for a page, else in the form that a server function's errors have.

use app::api::Fail;
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use model::Problem;

use crate::http::assets;

const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The answer that `headers` ask for.
pub fn answer(headers: &HeaderMap, problem: &Problem) -> Response {
    let mut response = if accepts_html(headers) {
        page(status(problem), &problem.to_string())
    } else {
        let body = serde_json::to_string(&Fail(problem.clone())).unwrap_or_default();
        // The browser's side tells errors by the second header.
        let names = [(CONTENT_TYPE, "application/json"), (HeaderName::from_static("serverfnerror"), "error")];
        (status(problem), names, body).into_response()
    };
    set_retry_after(response.headers_mut(), problem);
    response
}

/// Says to programs when to try again (RFC 9110, section 10.2.3), where that is known.
pub fn set_retry_after(headers: &mut HeaderMap, problem: &Problem) {
    if let Some(seconds) = problem.retry_after() {
        headers.insert(RETRY_AFTER, seconds.into());
    }
}

pub fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

pub fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn page(status: StatusCode, text: &str) -> Response {
    let heading = match status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::BAD_REQUEST | StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => "Not understood",
        _ => "Not available",
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { (head(heading, "light dark")) }
            body {
                main #main .standalone {
                    div.standalone {
                        h1 { (heading) }
                        div.card.stack {
                            p { (text) }
                            a.btn href=(app::paths::REPORT) { "To the SMTP accounts" }
                        }
                    }
                }
            }
        }
    };
    (status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(page.into_string())).into_response()
}

/// What stands in the head of a page without WebAssembly.
pub fn head(title: &str, color_scheme: &str) -> Markup {
    let root = assets::root();
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content=(color_scheme);
        title { (title) " · Posthouse" }
        link rel="stylesheet" href={ (root) "/style.css" };
        link rel="icon" type="image/svg+xml" href={ (root) "/icon.svg" };
    }
}
