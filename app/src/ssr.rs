//! What server functions need of the request that they answer. The only file that exists on the server alone.

use std::sync::{Arc, OnceLock};

use axum::http::header::{ACCEPT, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use backend::{Backend, Client, ClientAddress, Keeping, ProvenUser, SecretString};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use model::{Actor, Problem, SecretAnswer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session, session_store};

use crate::api::people::{Theme, Viewer};
use crate::api::secret::Password;
use crate::api::{Fail, Notice, RestoredForm, SignedIn};

/// The only entry of a session: [`SignedIn`].
pub const WHO: &str = "who";
const NOTICE: &str = "notice";

/// The cookie in which the browser of somebody who is not signed in keeps why a form was refused.
const NOTE: &str = "posthouse-note";
/// Longer than a browser takes to ask for the page again.
const NOTE_SECONDS: u32 = 60;
/// The most that a browser keeps in one cookie, with room for its name and attributes.
const NOTE_OCTETS: usize = 3_800;

/// Says that a refused form could not be kept: the server answers with a page that says so.
pub const NOT_KEPT: HeaderName = HeaderName::from_static("posthouse-not-kept");

/// Says how the form was refused, to the server, which records it: the answer to the browser is the next page.
pub const REFUSED: HeaderName = HeaderName::from_static("posthouse-refused");

/// The longest address (RFC 5321, section 4.5.3.1.3).
const ADDRESS_OCTETS: usize = 254;

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
        set_header(REFUSED, &problem.status().to_string());
        keep_form(page, RestoredForm { draft, problem: Some(problem.clone()) }).await;
        leptos_axum::redirect(page);
    }
    Err(Fail(problem))
}

/// The same for a form of somebody who is not signed in: nothing is stored here. The browser keeps what is shown again,
/// signed, for a minute.
pub fn answered_to_stranger<T, D>(page: &str, draft: D, result: Result<T, Problem>) -> Result<T, Fail>
where
    D: Serialize,
{
    let problem = match result {
        Ok(value) => return Ok(value),
        Err(problem) => problem,
    };
    if is_plain_form() {
        let note = Note { page: form_key(page), restored: RestoredForm { draft, problem: Some(problem.clone()) } };
        let signed = serde_json::to_string(&note).ok().and_then(|note| backend().sign_note(&note));
        // Without it the page shows the form as it was at first.
        if let Some(signed) = signed.filter(|signed| signed.len() <= NOTE_OCTETS) {
            set_note(&signed, NOTE_SECONDS);
        }
        leptos_axum::redirect(page);
    }
    Err(Fail(problem))
}

/// What the browser of a stranger keeps, and for which page.
#[derive(Serialize, Deserialize)]
struct Note<D> {
    page: String,
    restored: RestoredForm<D>,
}

/// Takes what a stranger's browser kept of this page's form.
pub fn take_note<D: DeserializeOwned>(page: &str) -> Option<RestoredForm<D>> {
    let parts: Parts = use_context()?;
    let signed = cookie_in(&parts.headers, &note_cookie(&parts))?;
    set_note("", 0);
    let note: Note<D> = serde_json::from_str(&backend().read_note(signed)?).ok()?;
    (note.page == form_key(page)).then_some(note.restored)
}

fn set_note(value: &str, seconds: u32) {
    let Some(parts) = use_context::<Parts>() else {
        return;
    };
    let (name, secure) = (note_cookie(&parts), if is_https(&parts.extensions).0 { "; Secure" } else { "" });
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax; HttpOnly{secure}");
    set_header(SET_COOKIE, &cookie);
}

fn note_cookie(parts: &Parts) -> String {
    format!("{}{NOTE}", if is_https(&parts.extensions).0 { "__Host-" } else { "" })
}

/// As much of an address as one may have.
pub fn address_alone(mut typed: String) -> String {
    typed.truncate(typed.floor_char_boundary(ADDRESS_OCTETS));
    typed
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
        keep_notice(notice).await;
    }
}

/// Takes the notice that was left for this page.
pub async fn take_notice(backend: &Backend, session: &Session) -> Option<Notice> {
    take(backend, &session.id()?.to_string(), NOTICE).await
}

/// Keeps what was typed into this page's form until the page is opened again. What is too much is not kept, and the
/// next page says so.
pub async fn keep_form<D: Serialize>(page: &str, restored: RestoredForm<D>) {
    match keep(&form_key(page), &restored).await {
        Some(Keeping::Kept | Keeping::Ended) => {}
        Some(Keeping::TooLarge) => {
            let happened = restored.problem.map(|problem| format!("{problem} ")).unwrap_or_default();
            let text = "What was typed is more than 256 kB and was not kept. Go back in the browser, and shorten it.";
            keep_notice(&Notice::says(format!("{happened}{text}"))).await;
        }
        None => set_header(NOT_KEPT, "1"),
    }
}

async fn keep_notice(notice: &Notice) {
    // A page that says too little is no reason to say that it failed.
    let _kept = keep(NOTICE, notice).await;
}

/// Changes what is kept of a page's form, where something is.
pub async fn change_form<D: Serialize + DeserializeOwned>(page: &str, change: impl FnOnce(&mut D)) {
    if let Some(mut restored) = peek_form(page).await {
        change(&mut restored.draft);
        keep_form(page, restored).await;
    }
}

/// Shows the page once more with what came of its form, if the browser cannot do so itself.
pub async fn show_again<D: Serialize>(page: &str, draft: D) {
    if is_plain_form() {
        keep_form(page, RestoredForm { draft, problem: None }).await;
        leptos_axum::redirect(page);
    }
}

/// What was typed into this page's form, which stays kept.
pub async fn peek_form<D: DeserializeOwned>(page: &str) -> Option<RestoredForm<D>> {
    let data = backend().peek_form(&session_id()?, &form_key(page)).await.ok().flatten()?;
    serde_json::from_slice(&data).ok()
}

/// Takes what was kept of this page's form.
pub async fn take_form<D: DeserializeOwned>(page: &str) -> Option<RestoredForm<D>> {
    take(&backend(), &session_id()?, &form_key(page)).await
}

/// The form of a page, whatever the list that leads to it.
fn form_key(page: &str) -> String {
    format!("form {}", page.split_once('?').map_or(page, |(path, _)| path))
}

/// Begins a session of the person's own, with a new identifier, and ends the one before. It belongs to the password
/// that was proven: a newer one refuses it.
pub async fn begin_session(proven: &ProvenUser) -> Result<(), Problem> {
    let session = session().ok_or(Problem::Internal)?;
    let signed_in = SignedIn { id: proven.actor.id, proof: proven.session_key.clone() };
    session.cycle_id().await.map_err(in_words)?;
    session.insert(WHO, signed_in).await.map_err(in_words)?;
    // Now, so that what the next page is to show can be kept in it.
    session.save().await.map_err(in_words)
}

fn in_words(error: session::Error) -> Problem {
    match error {
        // The store has logged it, and said what to do.
        session::Error::Store(session_store::Error::Backend(text)) => Problem::Unavailable(text),
        _ => Problem::Internal,
    }
}

/// Who the session belongs to.
pub async fn signed_in(session: &Session) -> Result<Option<SignedIn>, Problem> {
    session.get(WHO).await.map_err(in_words)
}

/// Ends the session and forgets what it held. The browser forgets what it keeps of the pages; cookies are not named:
/// that would take those of neighbouring hosts as well, and the session's own is taken back by itself.
pub async fn end_session() -> Result<(), Problem> {
    session().ok_or(Problem::Internal)?.flush().await.map_err(in_words)?;
    if let Ok(actor) = actor() {
        backend().audit_sign_out(&actor);
    }
    set_header(HeaderName::from_static("clear-site-data"), "\"cache\", \"storage\"");
    Ok(())
}

fn session() -> Option<Session> {
    use_context::<Parts>()?.extensions.get::<Session>().cloned()
}

/// The identifier of the session that was found, or begun just now.
pub fn session_id() -> Option<String> {
    Some(session()?.id()?.to_string())
}

/// None where it could not be kept.
async fn keep(name: &str, value: &impl Serialize) -> Option<Keeping> {
    let Some(session) = session_id() else {
        return Some(Keeping::Ended);
    };
    let data = serde_json::to_vec(value).ok()?;
    backend().keep_form(&session, name, &data).await.ok()
}

async fn take<T: DeserializeOwned>(backend: &Backend, session: &str, name: &str) -> Option<T> {
    let data = backend.take_form(session, name).await.ok().flatten()?;
    serde_json::from_slice(&data).ok()
}
