//! What server functions need of the request that they answer. The only file that exists on the server alone.

use std::sync::{Arc, OnceLock};

use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use backend::{Backend, Client, ClientAddress, SecretString};
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

/// Where the request comes from. The server puts it into the request.
pub fn client() -> Client {
    let parts: Option<Parts> = use_context();
    let client = parts.and_then(|parts| parts.extensions.get().cloned());
    client.unwrap_or_else(|| ClientAddress::UNKNOWN.into())
}

/// What the cookie of a browser that is to be known again will hold: left here for the server, which sets the cookie.
#[derive(Clone, Default)]
pub struct NewDevice(Arc<OnceLock<SecretString>>);

impl NewDevice {
    pub fn token(&self) -> Option<&SecretString> {
        self.0.get()
    }
}

/// Knows the browser again when this person signs in the next time.
pub async fn remember_device(actor: &Actor) {
    let new_device: Option<NewDevice> = use_context::<Parts>().and_then(|parts| parts.extensions.get().cloned());
    let token = backend().remember_device(actor, &client()).await;
    if let (Some(NewDevice(place)), Some(token)) = (new_device, token) {
        // Set before only where a request signs in twice, which none does.
        let _first = place.set(token);
    }
}

/// A password from a form, kept from view from here on.
pub fn secret(password: Password) -> backend::SecretString {
    password.into_inner().into()
}

/// What is to become of a credential's secret, as the form says it.
pub fn typed_secret(answer: SecretAnswer, typed: Password, reference: String) -> backend::TypedSecret {
    backend::TypedSecret { answer, secret: secret(typed), reference }
}

/// The appearance that a request asks for.
pub fn theme_in(headers: &HeaderMap) -> Theme {
    let cookies = headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    cookies.split(';').find_map(|pair| pair.trim().strip_prefix("theme=")).map(Theme::from_key).unwrap_or_default()
}

/// The appearance of the page that is rendered, and the address that it is rendered for.
pub fn document() -> (Theme, String) {
    let parts: Option<Parts> = use_context();
    let at = |parts: &Parts| parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    parts.map(|parts| (theme_in(&parts.headers), at(&parts))).unwrap_or_default()
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
