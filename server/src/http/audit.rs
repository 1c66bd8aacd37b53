//! The number of each request, where it comes from, and the audit event of one that is refused.

use app::ssr::REFUSED;
use axum::extract::{Request, State};
use axum::http::{HeaderName, Request as HttpRequest};
use axum::middleware::Next;
use axum::response::Response;
use backend::{Backend, ClientAddress};
use model::{Actor, Origin, RequestId};
use tower_http::request_id;

/// Names the request in its answer, in the log and in its audit events.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How an answer tells that its request was refused, where its status does not, or that this was recorded already.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    Status(u16),
    /// By the use case itself: it knows more.
    Recorded,
}

/// The number that the layers around gave the request.
pub fn number<B>(request: &HttpRequest<B>) -> &str {
    let id = request.extensions().get::<request_id::RequestId>();
    id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default()
}

/// Takes a number that the client sent out of the request: it could make one request look like another in the log.
pub async fn without_number(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

/// Where the request comes from.
pub fn origin<B>(request: &HttpRequest<B>) -> Origin {
    let address = request.extensions().get().copied().unwrap_or(ClientAddress::UNKNOWN);
    address.origin(RequestId::from(number(request)))
}

/// Records a request that is refused with 401, 403 or 429, where no layer within did.
pub async fn layer(State(backend): State<Backend>, request: Request, next: Next) -> Response {
    let origin = origin(&request);
    let path = request.uri().path().to_owned();
    let actor = request.extensions().get::<Actor>().cloned();
    let mut response = next.run(request).await;
    let form = response.headers_mut().remove(REFUSED).and_then(|status| status.to_str().ok()?.parse().ok());
    let status = match response.extensions().get() {
        Some(Refusal::Recorded) => return response,
        Some(Refusal::Status(status)) => *status,
        None => form.unwrap_or(response.status().as_u16()),
    };
    if matches!(status, 401 | 403 | 429) {
        let actor = actor.as_ref().or(response.extensions().get());
        backend.audit_refusal(&origin, actor, &path, status);
        response.extensions_mut().insert(Refusal::Recorded);
    }
    response
}
