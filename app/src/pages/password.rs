//! One's own password: a plain form, which works the same before WebAssembly has arrived.

use leptos::prelude::*;

use crate::api::RestoredForm;
use crate::api::people::load_password_form;
use crate::components::field::{Kind, TextField};
use crate::components::load::loaded_page;
use crate::components::page::{PageHead, Shared};
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

/// The page of one's own password.
pub fn page() -> AnyView {
    loaded_page(load_password_form, |restored| view! { <PasswordForm restored=restored /> }.into_any())
}

#[component]
fn PasswordForm(restored: Option<RestoredForm<()>>) -> impl IntoView {
    let shared: Shared = expect_context();
    let email = shared.email.get_value().unwrap_or_default();
    let problem = restored.and_then(|restored| restored.problem);
    let errors = problem.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let error = |field: &str| Signal::stored(errors.get(field).map(str::to_owned));
    let (current_error, password_error) = (error("current"), error("password"));
    let title = sections::PASSWORD.document_title(problem.is_some());
    let sending = RwSignal::new(false);
    view! {
        <PageHead title=sections::PASSWORD.title document_title=Signal::stored(title)>"Posthouse"</PageHead>
        <form
            class="form"
            action="/api/change_password"
            method="post"
            novalidate
            on:submit=move |_| sending.set(true)
        >
            {problem.map(|problem| view! { <Refusal problem=problem heading="Not changed" /> })}
            // Tells password managers whose it is.
            <input type="email" name="email" autocomplete="username" value=email.clone() hidden />
            <section class="card stack section" aria-labelledby="password-h">
                <h2 id="password-h">"The password of " {email}</h2>
                <p class="help">"With a new one you stay signed in here, and are signed out everywhere else."</p>
                <TextField
                    name="current"
                    form_name="current"
                    label="Current password"
                    help=|| ()
                    kind=Kind::Password
                    autocomplete="current-password"
                    value=Signal::stored(String::new())
                    error=current_error
                />
                <TextField
                    name="password"
                    form_name="password"
                    label="New password"
                    help=|| "12 to 128 characters, of any kind."
                    kind=Kind::NewPassword
                    autocomplete="new-password"
                    value=Signal::stored(String::new())
                    error=password_error
                />
            </section>
            <div class="row card save-bar no-print">
                <button class="btn primary" disabled=move || sending.get()>"Change password"</button>
                <a class="btn plain" href=paths::REPORT>"Cancel"</a>
            </div>
        </form>
    }
}
