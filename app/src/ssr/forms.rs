//! The answers of forms: where the browser goes on, and what is kept of a form that was refused.

use axum::http::header::{ACCEPT, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use backend::{Backend, SaveFormOutcome};
use leptos::prelude::use_context;
use model::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{backend, cookie_in, is_https, loaded, session_id, set_header};
use crate::api::{Fail, FormInit, Notice, RestoredForm};

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

/// Where the browser goes on once a form's work is done, and what it says there.
pub struct Next {
    page: String,
    notice: Option<Notice>,
    is_for_plain_forms: bool,
}

impl Next {
    /// Sends the browser on: at once where there is no WebAssembly, else by its router.
    pub fn to(page: impl Into<String>) -> Self {
        Self { page: page.into(), notice: None, is_for_plain_forms: false }
    }

    /// Sends the browser on, if it cannot do so itself.
    pub fn without_wasm(page: impl Into<String>) -> Self {
        Self { is_for_plain_forms: true, ..Self::to(page) }
    }

    /// Leaves a notice for the next page that is loaded, if the browser cannot show it by itself.
    pub fn telling(self, notice: Notice) -> Self {
        Self { notice: Some(notice), ..self }
    }

    /// The same, with words alone.
    pub fn saying(self, text: impl Into<String>) -> Self {
        self.telling(Notice::says(text))
    }

    pub async fn follow(self) {
        if let (true, Some(notice)) = (is_plain_form(), &self.notice) {
            keep_notice(notice).await;
        }
        if is_plain_form() || !self.is_for_plain_forms {
            leptos_axum::redirect(&self.page);
        }
    }
}

/// The answer of a form whose work gave `result`: the browser goes on as `next` says, or, refused, back to `page`.
pub async fn answer_form<T, D: Serialize>(
    result: Result<T, Problem>,
    page: &str,
    draft: D,
    next: impl FnOnce(&T) -> Next,
) -> Result<T, Fail> {
    let value = answered(result, page, draft).await?;
    next(&value).follow().await;
    Ok(value)
}

/// What the form on `page` begins with: its data, and what was typed into it where it was refused.
pub async fn load_form<T, D: DeserializeOwned>(result: Result<T, Problem>, page: &str) -> Result<FormInit<T, D>, Fail> {
    let data = loaded(result)?;
    Ok(FormInit { data, restored: take_form(page).await })
}

/// A form that was posted without WebAssembly: its answer is the next page.
fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        parts.method == Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
    })
}

/// What a form's work gave. Where it was posted without WebAssembly and refused, what was typed is kept in the session,
/// and the browser is sent back to `page`, which shows it again.
pub async fn answered<T, D: Serialize>(result: Result<T, Problem>, page: &str, draft: D) -> Result<T, Fail> {
    saved(result, page, draft, None).await
}

/// The same for the form of a record that was loaded at `version`.
pub async fn saved<T, D: Serialize>(
    result: Result<T, Problem>,
    page: &str,
    draft: D,
    version: impl Into<Option<i64>>,
) -> Result<T, Fail> {
    if let (Some(problem), true) = (result.as_ref().err().cloned(), is_plain_form()) {
        set_header(REFUSED, &problem.status().to_string());
        keep_form(page, RestoredForm { version: version.into(), ..RestoredForm::new(draft, Some(problem)) }).await;
        leptos_axum::redirect(page);
    }
    result.map_err(Fail)
}

/// The same for a form of somebody who is not signed in: nothing is stored here. The browser keeps what is shown again,
/// signed, for a minute.
pub fn answered_to_stranger<T, D: Serialize>(result: Result<T, Problem>, page: &str, draft: D) -> Result<T, Fail> {
    if let (Err(problem), true) = (&result, is_plain_form()) {
        let note = Note { page: form_key(page), restored: RestoredForm::new(draft, Some(problem.clone())) };
        let signed = serde_json::to_string(&note).ok().and_then(|note| backend().sign_note(&note));
        // Without it the page shows the form as it was at first.
        if let Some(signed) = signed.filter(|signed| signed.len() <= NOTE_OCTETS) {
            set_note(&signed, NOTE_SECONDS);
        }
        leptos_axum::redirect(page);
    }
    result.map_err(Fail)
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

/// Takes the notice that was left for this page.
pub async fn take_notice(backend: &Backend, session: &Session) -> Option<Notice> {
    take(backend, &session.id()?.to_string(), NOTICE).await
}

/// Keeps what was typed into this page's form until the page is opened again. What is too much is not kept, and the
/// next page says so.
pub async fn keep_form<D: Serialize>(page: &str, restored: RestoredForm<D>) {
    match keep(&form_key(page), &restored).await {
        Some(SaveFormOutcome::Kept | SaveFormOutcome::Ended) => {}
        Some(SaveFormOutcome::TooLarge) => {
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
        keep_form(page, RestoredForm::new(draft, None)).await;
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

/// None where it could not be kept.
async fn keep(name: &str, value: &impl Serialize) -> Option<SaveFormOutcome> {
    let Some(session) = session_id() else {
        return Some(SaveFormOutcome::Ended);
    };
    let data = serde_json::to_vec(value).ok()?;
    backend().keep_form(&session, name, &data).await.ok()
}

async fn take<T: DeserializeOwned>(backend: &Backend, session: &str, name: &str) -> Option<T> {
    let data = backend.take_form(session, name).await.ok().flatten()?;
    serde_json::from_slice(&data).ok()
}
