//! What server functions need of the request that they answer. The only folder that exists on the server alone.

mod forms;
mod session;

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use backend::{Backend, Client, ClientAddress};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use model::{Actor, ExplainDraft, Problem, SecretAnswer};

pub use self::forms::{
    NOT_KEPT, Next, REFUSED, address_alone, answer_form, answered, answered_to_stranger, change_form, keep_form,
    load_form, peek_form, saved, show_again, take_form, take_note, take_notice,
};
pub use self::session::{NewDevice, WHO, begin_session, end_session, remember_device, session_id, signed_in};
use crate::api::Fail;
use crate::api::people::{Theme, Viewer};
use crate::api::secret::Password;

/// The use cases. The server provides them to every request.
pub fn backend() -> Backend {
    expect_context()
}

/// Who asks. The server's guard puts it into the request.
pub fn actor() -> Result<Actor, Fail> {
    let parts: Option<Parts> = use_context();
    parts.and_then(|parts| parts.extensions.get::<Actor>().cloned()).ok_or(Fail(Problem::SignedOut))
}

/// Who reads the page. The server puts it into the request: all parts of a page know it from the start.
pub fn viewer() -> Viewer {
    let parts: Option<Parts> = use_context();
    parts.and_then(|parts| parts.extensions.get().cloned()).unwrap_or_default()
}

/// What was pasted into the page *Explain* without WebAssembly: in the request alone, and nowhere else.
#[derive(Clone)]
pub struct PostedText(pub ExplainDraft);

/// The text that the page is asked to explain.
pub fn posted_text() -> Option<ExplainDraft> {
    let parts: Option<Parts> = use_context();
    parts.and_then(|parts| parts.extensions.get().map(|PostedText(draft)| draft.clone()))
}

/// Where the request comes from. The server puts it into the request.
pub fn client() -> Client {
    let parts: Option<Parts> = use_context();
    let client = parts.and_then(|parts| parts.extensions.get().cloned());
    client.unwrap_or_else(|| ClientAddress::UNKNOWN.into())
}

/// A password from a form, kept from view from here on.
pub fn secret(password: Password) -> backend::SecretString {
    password.into_inner().into()
}

/// What is to become of a credential's secret, as the form says it.
pub fn typed_secret(answer: SecretAnswer, typed: Password, reference: String) -> backend::TypedSecret {
    backend::TypedSecret { answer, secret: secret(typed), reference }
}

/// Whether people reach Posthouse by https. The server puts it into every request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsHttps(pub bool);

impl IsHttps {
    /// The name of the appearance's cookie: under https one that no other host and no http page can set.
    const fn theme_cookie(self) -> &'static str {
        if self.0 { "__Host-theme" } else { "theme" }
    }
}

/// The appearance that a request asks for.
pub fn theme_in(headers: &HeaderMap, is_https: IsHttps) -> Theme {
    cookie_in(headers, is_https.theme_cookie()).map(Theme::from_key).unwrap_or_default()
}

/// Keeps the appearance in a cookie.
pub fn keep_theme(theme: Theme) {
    const YEAR: u32 = 365 * 24 * 60 * 60;
    let is_https = use_context::<Parts>().map(|parts| is_https(&parts.extensions)).unwrap_or_default();
    let secure = if is_https.0 { "; Secure" } else { "" };
    let (name, key) = (is_https.theme_cookie(), theme.key());
    let cookie = format!("{name}={key}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly{secure}");
    set_header(SET_COOKIE, &cookie);
}

/// Whether this request belongs to a site of https.
pub fn is_https(of_request: &Extensions) -> IsHttps {
    of_request.get().copied().unwrap_or_default()
}

fn cookie_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(known, value)| (known == name).then_some(value))
}

/// The appearance of the page that is rendered, and the address that it is rendered for.
pub fn document() -> (Theme, String) {
    let parts: Option<Parts> = use_context();
    let at = |parts: &Parts| parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    parts.map(|parts| (theme_in(&parts.headers, is_https(&parts.extensions)), at(&parts))).unwrap_or_default()
}

/// Sets a header of the answer.
pub fn set_header(name: HeaderName, value: &str) {
    if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        options.append_header(name, value);
    }
}

/// The answer of a page's loader: while a page is rendered, a problem is the page's own status.
pub fn loaded<T>(result: Result<T, Problem>) -> Result<T, Fail> {
    result.map_err(|problem| {
        let rendering = use_context::<Parts>().is_some_and(|parts| parts.method == Method::GET);
        if let (true, Some(options)) = (rendering, use_context::<ResponseOptions>()) {
            options.set_status(StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        }
        Fail(problem)
    })
}
