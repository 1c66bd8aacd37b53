//! What server functions need of the request that they answer. The only file that exists on the server alone.

use axum::http::header::{ACCEPT, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode};
use backend::Backend;
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use model::{Actor, Problem, SecretAnswer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower_sessions::{Session, session, session_store};

use crate::api::people::{Theme, Viewer};
use crate::api::secret::Password;
use crate::api::{Fail, Kept, Notice, SignedIn};

const WHO: &str = "who";
const NOTICE: &str = "notice";

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
    let cookies = headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let found = pairs.find(|(name, _)| *name == is_https.theme_cookie());
    found.map(|(_, key)| Theme::from_key(key)).unwrap_or_default()
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

/// The appearance of the page that is rendered, and the address that it is rendered for.
pub fn document() -> (Theme, String) {
    let parts: Option<Parts> = use_context();
    let at = |parts: &Parts| parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    parts.map(|parts| (theme_in(&parts.headers, is_https(&parts.extensions)), at(&parts))).unwrap_or_default()
}

/// Sets a header of the answer.
pub fn set_header(name: axum::http::HeaderName, value: &str) {
    if let (Some(options), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        options.append_header(name, value);
    }
}

/// A form that was posted without WebAssembly: its answer is the next page.
fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        parts.method == Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
    })
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

/// The answer of a form. Where it was posted without WebAssembly and refused, what was typed is kept in the session,
/// and the browser is sent back to `page`, which shows it again.
pub async fn answered<T, D>(page: &str, draft: D, result: Result<T, Problem>) -> Result<T, Fail>
where
    D: Serialize,
{
    let problem = match result {
        Ok(value) => return Ok(value),
        Err(problem) => problem,
    };
    if is_plain_form() {
        keep_form(page, Kept { draft, problem: Some(problem.clone()) }).await;
        leptos_axum::redirect(page);
    }
    Err(Fail(problem))
}

/// Sends the browser on: at once where there is no WebAssembly, else by its router.
pub fn go_to(page: &str) {
    leptos_axum::redirect(page);
}

/// Sends the browser on, if it cannot do so itself.
pub fn go_to_without_wasm(page: &str) {
    if is_plain_form() {
        leptos_axum::redirect(page);
    }
}

/// Leaves a notice for the next page that is loaded, if the browser cannot show it by itself.
pub async fn tell(notice: &Notice) {
    if is_plain_form() {
        keep(NOTICE, notice).await;
    }
}

/// Takes the notice that was left for this page.
pub async fn take_notice(session: &Session) -> Option<Notice> {
    take(session, NOTICE).await
}

/// Keeps what was typed into this page's form until the page is opened again.
pub async fn keep_form<D: Serialize>(page: &str, kept: Kept<D>) {
    keep(&form_key(page), kept).await;
}

/// Changes what is kept of a page's form, where something is.
pub async fn change_form<D: Serialize + DeserializeOwned>(page: &str, change: impl FnOnce(&mut D)) {
    if let Some(mut kept) = peek_form(page).await {
        change(&mut kept.draft);
        keep_form(page, kept).await;
    }
}

/// Shows the page once more with what came of its form, if the browser cannot do so itself.
pub async fn show_again<D: Serialize>(page: &str, draft: D) {
    if is_plain_form() {
        keep_form(page, Kept { draft, problem: None }).await;
        leptos_axum::redirect(page);
    }
}

/// What was typed into this page's form, which stays kept.
pub async fn peek_form<D: DeserializeOwned>(page: &str) -> Option<Kept<D>> {
    session()?.get(&form_key(page)).await.ok().flatten()
}

/// Takes what was kept of this page's form.
pub async fn take_form<D: DeserializeOwned>(page: &str) -> Option<Kept<D>> {
    take(&session()?, &form_key(page)).await
}

/// The form of a page, whatever the list that leads to it.
fn form_key(page: &str) -> String {
    format!("form {}", page.split_once('?').map_or(page, |(path, _)| path))
}

/// Begins a session of the person's own, with a new identifier.
pub async fn begin_session(actor: &Actor) -> Result<(), Problem> {
    let session = session().ok_or(Problem::Internal)?;
    let (_, proof) = backend().find_user(actor.id).await?.ok_or(Problem::SignedOut)?;
    let signed_in = SignedIn { id: actor.id, proof };
    session.cycle_id().await.map_err(|_| Problem::Internal)?;
    session.insert(WHO, signed_in).await.map_err(|_| Problem::Internal)
}

/// Who the session belongs to.
pub async fn signed_in(session: &Session) -> Result<Option<SignedIn>, Problem> {
    match session.get(WHO).await {
        Ok(signed_in) => Ok(signed_in),
        // The store has logged it, and said what to do.
        Err(session::Error::Store(session_store::Error::Backend(text))) => Err(Problem::Unavailable(text)),
        // Written by another version: the person signs in again.
        Err(_) => Ok(None),
    }
}

/// Ends the session and forgets what it held.
pub async fn end_session() -> Result<(), Problem> {
    session().ok_or(Problem::Internal)?.flush().await.map_err(|_| Problem::Internal)
}

fn session() -> Option<Session> {
    use_context::<Parts>()?.extensions.get::<Session>().cloned()
}

async fn keep(key: &str, value: impl Serialize) {
    // A session that cannot be written loses the draft; the answer itself stays true.
    if let Some(session) = session() {
        drop(session.insert(key, value).await);
    }
}

async fn take<T: DeserializeOwned>(session: &Session, key: &str) -> Option<T> {
    // Reading first: taking what is not there would write the session on every page.
    session.get_value(key).await.ok().flatten()?;
    session.remove(key).await.ok().flatten()
}
