//! How large a request may be, and how long it may take to arrive.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use backend::IMPORT_OCTETS;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use model::Problem;
use tokio::time::timeout;

use crate::http::{guard, refusal};

/// The longest message with room to spare.
const OCTETS: usize = 1024 * 1024;
/// The same where strangers may ask: an address, a password and the way on.
const OPEN_OCTETS: usize = 8 * 1024;
/// From the head of a request to its end.
const TIME: Duration = Duration::from_secs(10);
/// The same for a file that is imported, with room for the form around it.
const FILE_OCTETS: usize = IMPORT_OCTETS + 64 * 1024;
const FILE_TIME: Duration = Duration::from_secs(60);

/// Reads the whole request before it is answered. What reads a request later has no words for one that is too large.
pub async fn layer(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (octets_at_most, time, too_large) = match parts.uri.path() {
        app::paths::IMPORT_FILE => (FILE_OCTETS, FILE_TIME, "This file is more than 20 MB. Divide it."),
        app::paths::EXPLAIN => {
            (OCTETS, TIME, "This text is more than 256 kB. Paste the lines around the failure alone.")
        }
        path if guard::is_open(path) => {
            (OPEN_OCTETS, TIME, "This is more than 8 kB. Nothing was changed; shorten what was typed.")
        }
        _ => (OCTETS, TIME, "This is more than 1 MB. Nothing was changed; shorten what was typed."),
    };
    let said: Option<usize> =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let read = match said {
        Some(octets) if octets > octets_at_most => Err(StatusCode::PAYLOAD_TOO_LARGE),
        _ => match timeout(time, Limited::new(body, octets_at_most).collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
            // Whoever broke the connection will not read this.
            Ok(Err(_)) => Err(StatusCode::BAD_REQUEST),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        },
    };
    match read {
        Ok(body) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(status) => {
            let text = match status {
                StatusCode::PAYLOAD_TOO_LARGE => too_large,
                _ => "The request did not arrive as a whole. Nothing was changed; try again.",
            };
            let mut response = refusal::answer(&parts.headers, &Problem::Malformed(text.to_owned()));
            *response.status_mut() = status;
            response
        }
    }
}
