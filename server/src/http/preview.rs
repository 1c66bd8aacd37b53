//! The message footer as a page of its own, for the frame that previews it: as messages have it, and even so it runs
//! nothing and loads nothing.

use app::sections::FOOTER;
use axum::Extension;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse, Response};
use backend::{Backend, sanitized_html};
use maud::{DOCTYPE, PreEscaped, html};
use model::{Actor, FooterDraft};
use serde::Deserialize;

use crate::http::refusal;

/// The frame has an origin of its own, and only styles that stand in the footer itself.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/// The footer as it is saved.
pub async fn saved(State(backend): State<Backend>, Extension(actor): Extension<Actor>, headers: HeaderMap) -> Response {
    match backend.find_footer(&actor).await {
        Ok(footer) => page(&footer),
        Err(problem) => refusal::answer(&headers, &problem),
    }
}

/// The form's own names.
#[derive(Deserialize)]
pub struct Typed {
    #[serde(default, rename = "draft[text]")]
    text: String,
    #[serde(default, rename = "draft[html]")]
    html: String,
}

/// The footer as it is being typed.
pub async fn typed(Form(Typed { text, html }): Form<Typed>) -> Response {
    page(&FooterDraft { text, html, version: 0 })
}

const STYLE: &str = "body{font:14px/1.45 sans-serif;margin:12px;color:#222;background:#fff}\
    h2{font-size:12px;margin:0 0 6px;color:#555}section{border-top:1px solid #ddd;padding:12px 0}\
    section:first-of-type{border:0;padding-top:0}pre{white-space:pre-wrap;margin:0}.none{color:#555;margin:0}";

fn page(footer: &FooterDraft) -> Response {
    let (text, html) = (footer.text.trim(), footer.html.trim());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (FOOTER.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                section {
                    h2 { "Plain text" }
                    @if text.is_empty() {
                        p.none { "No plain text." }
                    } @else {
                        pre { (text) }
                    }
                }
                section {
                    h2 { "HTML" }
                    @if html.is_empty() {
                        p.none { "No HTML: messages are plain text alone." }
                    } @else {
                        (PreEscaped(sanitized_html(html)))
                    }
                }
            }
        }
    };
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(page.into_string())).into_response()
}
