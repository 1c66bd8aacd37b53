//! Bringing a deleted account back where its name was taken meanwhile: it asks for another.

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::lazy_route;
use model::AccountId;

use crate::api::accounts::load_restore_form;
use crate::api::{Begun, Fail};
use crate::components::field::TextField;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::components::problem::{PageNotLoaded, Refusal};
use crate::paths;

pub struct RestorePage;

#[lazy_route]
impl LazyRoute for RestorePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        mark_started(expect_context::<Shared>());
        let id = super::account_in(&use_params_map().get_untracked());
        let form = Resource::new(|| (), move |()| load_restore_form(id));
        let list = use_location().search.get_untracked().trim_start_matches('?').to_owned();
        let page = move || {
            Some(match form.get()? {
                Err(Fail(problem)) => {
                    let retry = Callback::new(move |()| form.refetch());
                    view! { <PageNotLoaded problem=problem retry=retry /> }.into_any()
                }
                Ok(begun) => view! { <RestoreForm id=id begun=begun list=list.clone() /> }.into_any(),
            })
        };
        view! { <Suspense>{page}</Suspense> }.into_any()
    }
}

#[component]
fn RestoreForm(id: AccountId, begun: Begun<String, String>, list: String) -> impl IntoView {
    let Begun { data: name, kept } = begun;
    let (typed, problem) = match kept {
        Some(kept) if !kept.draft.is_empty() => (kept.draft, kept.problem),
        Some(kept) => (name.clone(), kept.problem),
        None => (name.clone(), None),
    };
    let message = problem.as_ref().and_then(|p| p.field_errors()).and_then(|errors| errors.get("name"));
    let error = Signal::stored(message.map(str::to_owned));
    let title = if problem.is_some() { format!("Error: Restore {name}") } else { format!("Restore {name}") };
    view! {
        <PageHead title=Signal::stored(name) document_title=Signal::stored(title)>
            "Restore a deleted account"
        </PageHead>
        <div class="form">
            <div class="stack">
                {problem.map(|problem| view! { <Refusal problem=problem /> })}
                <form class="card stack sect" action="/api/restore_account" method="post">
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="list" value=list.clone() />
                    <TextField
                        name="name"
                        form_name="name"
                        label="Account name"
                        help=|| "The account comes back under this name, with everything else as it was."
                        value=Signal::stored(typed)
                        error=error
                    />
                    <div class="row">
                        <button class="btn primary">"Restore"</button>
                        <a class="btn plain" href=paths::report(&list)>"Cancel"</a>
                    </div>
                </form>
            </div>
        </div>
    }
}
