//! The form of the page *Explain*, as a browser posts it by itself. The page answers at once: what was pasted goes
//! along in the request, and is kept nowhere.

use app::pages::explain::example;
use app::ssr::PostedText;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request, State};
use axum::http::Method;
use axum::response::Response;
use model::{ExplainDraft, Problem};
use serde::Deserialize;
use tower::ServiceExt;

use crate::http::refusal;

/// The form, and the button of an example.
#[derive(Deserialize)]
struct Posted {
    #[serde(flatten)]
    draft: ExplainDraft,
    #[serde(default)]
    example: String,
}

/// Asks for the page, with what was posted.
pub async fn shown(State(pages): State<Router>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let form: Result<Form<Posted>, FormRejection> =
        Form::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let Ok(Form(Posted { draft, example: key })) = form else {
        let text = "The form was not understood. Go back, load the page again, and try once more.";
        return refusal::answer(&parts.headers, &Problem::Malformed(text.to_owned()));
    };
    let draft = match example(&key) {
        Some(text) => ExplainDraft { text: text.to_owned(), ..ExplainDraft::default() },
        None => draft,
    };
    parts.method = Method::GET;
    parts.extensions.insert(PostedText(draft));
    match pages.oneshot(Request::from_parts(parts, Body::empty())).await {
        Ok(page) => page,
        Err(never) => match never {},
    }
}
