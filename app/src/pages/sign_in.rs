//! The sign-in page. A plain form: it works the same before WebAssembly has arrived.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::Problem;
use model::query::value_in_query;

use crate::api::RestoredForm;
use crate::api::people::load_sign_in;
use crate::components::field::{Kind, TextField};
use crate::components::load::resource;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::components::problem::BadNote;

/// The page that signs in.
pub fn page() -> AnyView {
    mark_started(expect_context::<Shared>());
    let restored = resource(|| (), |()| load_sign_in());
    let next = value_in_query(&use_location().search.get_untracked(), "next").unwrap_or_default();
    let form = move || {
        let restored = restored.get()?.ok().flatten();
        Some(view! { <SignInForm restored=restored next=next.clone() /> })
    };
    view! {
        <div class="standalone">
            <Suspense>{form}</Suspense>
        </div>
    }
    .into_any()
}

#[component]
fn SignInForm(restored: Option<RestoredForm<String>>, next: String) -> impl IntoView {
    let (email, problem) = restored.map_or((String::new(), None), |restored| (restored.draft, restored.problem));
    let title = if problem.is_some() { "Error: Sign in" } else { "Sign in" };
    let note = problem.map(|problem| {
        let heading = match problem {
            Problem::TooMany(_) | Problem::Throttled(_) => "Too many tries",
            Problem::Unavailable(_) | Problem::Internal => "The server could not sign you in",
            _ => "Not signed in",
        };
        view! { <BadNote focus=true heading=heading><p>{problem.to_string()}</p></BadNote> }
    });
    view! {
        <PageHead title="Sign in" document_title=Signal::stored(title.to_owned())>"Posthouse"</PageHead>
        {note}
        <form class="card stack section" action="/api/sign_in" method="post" novalidate>
            <input type="hidden" name="next" value=next />
            <TextField
                name="email"
                form_name="email"
                label="E-mail"
                help=|| ()
                kind=Kind::Email
                autocomplete="username"
                value=Signal::stored(email)
            />
            <TextField
                name="password"
                form_name="password"
                label="Password"
                help=|| ()
                kind=Kind::Password
                autocomplete="current-password"
                value=Signal::stored(String::new())
            />
            <div class="row"><button class="btn primary">"Sign in"</button></div>
        </form>
    }
}
