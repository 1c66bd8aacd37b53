//! The set-up page: its link makes the first administrator, once.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::PasswordDraft;
use model::query::value_in_query;

use crate::api::RestoredForm;
use crate::api::people::load_set_up;
use crate::components::field::{Kind, TextField};
use crate::components::load::resource;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::components::problem::Refusal;

/// The page of the first person.
pub fn page() -> AnyView {
    mark_started(expect_context::<Shared>());
    let restored = resource(|| (), |()| load_set_up());
    let token = value_in_query(&use_location().search.get_untracked(), "token").unwrap_or_default();
    let form = move || {
        let restored = restored.get()?.ok().flatten();
        Some(view! { <SetUpForm restored=restored token=token.clone() /> })
    };
    view! {
        <div class="standalone">
            <Suspense>{form}</Suspense>
        </div>
    }
    .into_any()
}

#[component]
fn SetUpForm(restored: Option<RestoredForm<PasswordDraft>>, token: String) -> impl IntoView {
    let (draft, problem) = restored.map_or_else(Default::default, |restored| (restored.draft, restored.problem));
    let error = |field: &str| {
        let message = problem.as_ref().and_then(|p| p.field_errors()).and_then(|errors| errors.get(field));
        Signal::stored(message.map(str::to_owned))
    };
    let (email_error, password_error) = (error("email"), error("password"));
    let title = if problem.is_some() { "Error: Set up Posthouse" } else { "Set up Posthouse" };
    view! {
        <PageHead title="Set up Posthouse" document_title=Signal::stored(title.to_owned())>"The first administrator"</PageHead>
        {problem.map(|problem| view! { <Refusal problem=problem /> })}
        <form class="card stack section" action="/api/set_up" method="post" novalidate>
            <input type="hidden" name="token" value=token />
            <TextField
                name="email"
                form_name="email"
                label="E-mail"
                help=|| "You sign in with it, and test messages go to it."
                kind=Kind::Email
                autocomplete="username"
                value=Signal::stored(draft.email)
                error=email_error
            />
            <TextField
                name="password"
                form_name="password"
                label="Password"
                help=|| "12 to 128 characters, of any kind."
                kind=Kind::NewPassword
                autocomplete="new-password"
                value=Signal::stored(String::new())
                error=password_error
            />
            <div class="row"><button class="btn primary">"Create the administrator"</button></div>
        </form>
    }
}
