//! Bringing a deleted record back where its name was taken meanwhile: it asks for another.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::RecordKind;

use crate::api::FormInit;
use crate::api::accounts::load_restore_form;
use crate::api::deleted::{DeletedForm, load_deleted_record};
use crate::components::field::TextField;
use crate::components::load::loaded_page;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;

/// The page that brings an account back.
pub fn account_page() -> AnyView {
    let list = super::query();
    let id = super::account_in(&use_params_map().get_untracked());
    let form = move |init| {
        let back = paths::report(&list);
        view! { <RestoreForm what="account" id=id.0 init=init list=list.clone() back=back /> }.into_any()
    };
    loaded_page(move || load_restore_form(id), form)
}

/// The page that brings another record back.
pub fn record_page() -> AnyView {
    let params = use_params_map().get_untracked();
    let list = super::query();
    let (id, kind) = (super::number(&params, "id"), params.get("kind").unwrap_or_default());
    let form = move |DeletedForm { kind, init }| {
        let back = paths::list_of(kind, &list);
        view! { <RestoreForm what=kind.key() kind=kind id=id init=init list=list.clone() back=back /> }.into_any()
    };
    loaded_page(move || load_deleted_record(kind.clone(), id), form)
}

#[component]
fn RestoreForm(
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
