//! Bringing a deleted account back where its name was taken meanwhile: it asks for another.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::{LazyRoute, lazy_route};
use model::RecordKind;

use crate::api::accounts::load_restore_form;
use crate::api::{Fail, FormInit};
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
                Ok(init) => {
                    let back = paths::report(&list);
                    view! { <RestoreForm what="account" id=id.0 init=init list=list.clone() back=back /> }.into_any()
                }
            })
        };
        view! { <Suspense>{page}</Suspense> }.into_any()
    }
}

#[component]
pub fn RestoreForm(
    /// "account"
    what: &'static str,
    /// None for an account.
    #[prop(optional)]
    kind: Option<RecordKind>,
    id: i64,
    init: FormInit<String, String>,
    /// The query of the list to go back to.
    list: String,
    /// The address of that list.
    back: String,
) -> impl IntoView {
    let FormInit { data: name, restored } = init;
    let (typed, problem) = match restored {
        Some(restored) if !restored.draft.is_empty() => (restored.draft, restored.problem),
        Some(restored) => (name.clone(), restored.problem),
        None => (name.clone(), None),
    };
    let message = problem.as_ref().and_then(|p| p.field_errors()).and_then(|errors| errors.get("name"));
    let error = Signal::stored(message.map(str::to_owned));
    let (action, label) = match kind {
        None => ("/api/restore_account", "Account name"),
        Some(_) => ("/api/restore_record", "Name"),
    };
    let title = if problem.is_some() { format!("Error: Restore {name}") } else { format!("Restore {name}") };
    view! {
        <PageHead title=Signal::stored(name) document_title=Signal::stored(title)>
            {format!("Restore a deleted {what}")}
        </PageHead>
        <div class="form">
            <div class="stack">
                {problem.map(|problem| view! { <Refusal problem=problem /> })}
                <form class="card stack section" action=action method="post">
                    {kind.map(|kind| view! { <input type="hidden" name="kind" value=kind.key() /> })}
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="list" value=list />
                    <TextField
                        name="name"
                        form_name="name"
                        label=label
                        help=move || format!("The {what} comes back under this name, with everything else as it was.")
                        value=Signal::stored(typed)
                        error=error
                    />
                    <div class="row">
                        <button class="btn primary">"Restore"</button>
                        <a class="btn plain" href=back>"Cancel"</a>
                    </div>
                </form>
            </div>
        </div>
    }
}
