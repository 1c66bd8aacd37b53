//! An expired session is renewed over the page, so that what was typed survives.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::field::{Kind, TextField};
use super::page::Shared;
use crate::api::Fail;
use crate::api::people::SignIn;
use crate::api::secret::Password;

/// The dialog. It is loaded when it is needed.
#[lazy]
pub fn sign_in_again() -> AnyView {
    view! { <SignInAgain /> }.into_any()
}

#[component]
fn SignInAgain() -> impl IntoView {
    let shared: Shared = expect_context();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else {
            return;
        };
        // It is made before it is put into the page; from then on it can be shown, and is closed.
        request_animation_frame(move || drop(dialog.show_modal()));
    });
    let email = RwSignal::new(shared.email.get_value().unwrap_or_default());
    let password = RwSignal::new(String::new());
    let sign_in = ServerAction::<SignIn>::new();
    let refused = move || match sign_in.value().get() {
        Some(Err(Fail(problem))) => Some(problem.to_string()),
        _ => None,
    };
    Effect::new(move |_| {
        if let Some(Ok(())) = sign_in.value().get() {
            shared.signed_out.set(false);
            // What could not be loaded is asked for once more.
            shared.changes.update(|n| *n += 1);
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if !sign_in.pending().get_untracked() {
            let typed = Password::new(password.get_untracked());
            sign_in.dispatch(SignIn { email: email.get_untracked(), password: typed, next: String::new() });
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog
            class="card dialog"
            node_ref=dialog
            aria-labelledby="again-h"
            on:close=move |_| shared.signed_out.set(false)
        >
            <h2 id="again-h">"Sign in to go on"</h2>
            <p>"Your session has ended. Nothing typed is lost."</p>
            <form class="stack" method="post" novalidate on:submit=submit>
                <p class="bad tone label" role="alert">{refused}</p>
                <TextField
                    name="again-email"
                    form_name="email"
                    label="E-mail"
                    help=|| ()
                    kind=Kind::Email
                    autocomplete="username"
                    value=email
                    on_input=Callback::new(move |text| email.set(text))
                />
                <TextField
                    name="again-password"
                    form_name="password"
                    label="Password"
                    help=|| ()
                    kind=Kind::Password
                    autocomplete="current-password"
                    value=password
                    on_input=Callback::new(move |text| password.set(text))
                />
                <div class="row">
                    <button class="btn primary" aria-disabled=move || sign_in.pending().get().then_some("true")>
                        {move || if sign_in.pending().get() { "Signing in" } else { "Sign in" }}
                    </button>
                    <button class="btn plain" type="button" on:click=move |_| close()>"Not now"</button>
                </div>
            </form>
        </dialog>
    }
}
