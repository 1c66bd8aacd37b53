//! Views of the report: the form that keeps a list under a name, and deleting one. Plain forms: they gain nothing from
//! WebAssembly.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{ViewDraft, ViewForm, ViewId, ViewTab, YesNo};

use crate::api::views::load_view_form;
use crate::api::{FormFor, FormInit};
use crate::components::field::{TextField, YesNoField};
use crate::components::icon::Icon;
use crate::components::load::loaded_page;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

/// The page that keeps the list as a view.
pub fn new_page() -> AnyView {
    page(FormFor::New)
}

/// The page of a view.
pub fn edit_page() -> AnyView {
    page(FormFor::Edit(ViewId(super::number(&use_params_map().get_untracked(), "id"))))
}

fn page(form: FormFor<ViewId>) -> AnyView {
    let list = super::query();
    let asked = list.clone();
    loaded_page(
        move || load_view_form(form, asked.clone()),
        move |init| view! { <Form form=form init=init list=list.clone() /> }.into_any(),
    )
}

#[component]
fn Form(form: FormFor<ViewId>, init: FormInit<ViewForm, ViewDraft>, list: String) -> impl IntoView {
    let FormInit { data: ViewForm { draft: saved, owner, query, words, own: others }, restored } = init;
    let (draft, problem) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => (saved.clone(), None),
    };
    let message = problem.as_ref().and_then(|p| p.field_errors()).and_then(|errors| errors.get("name"));
    let error = Signal::stored(message.map(str::to_owned));
    let heading = form.title("Save view", &saved.name);
    let title = if problem.is_some() { format!("Error: {heading}") } else { heading.clone() };
    let (opened_for, value) = form.field();
    let is_own = owner.is_none();
    let own = is_own.then(|| {
        view! {
            <TextField
                name="name"
                form_name="draft[name]"
                label="View name"
                help=|| "Stands on a tab over the report. At most 60 characters."
                value=Signal::stored(draft.name)
                error=error
            />
            {question("shared", "Shared", "Yes: everybody sees it. Only you change it. No: only you see it.", draft.shared)}
        }
    });
    let shared_by =
        owner.map(|owner| view! { <p class="help">{format!("Shared by {owner}, who alone changes it.")}</p> });
    let delete = match form {
        FormFor::Edit(id) if is_own => Some(view! { <Delete id=id name=saved.name /> }),
        _ => None,
    };
    let replace = (!others.is_empty()).then(|| view! { <Replace views=others list=list.clone() /> });
    let back = paths::report(if matches!(form, FormFor::New) { &list } else { &query });
    let cancel = back.clone();
    view! {
        <PageHead title=Signal::stored(heading) document_title=Signal::stored(format!("{title} · View"))>
            <a href=back.clone()>{sections::REPORT.title}</a>
            " · View"
        </PageHead>
        <div class="form">
            <div class="stack">
                {problem.map(|problem| view! { <Refusal problem=problem /> })}
                <form class="card stack section" action="/api/save_view" method="post">
                    <input type="hidden" name=opened_for value=value />
                    <input type="hidden" name="list" value=list />
                    <p>"It shows: " <b>{words}</b> "."</p>
                    {own}
                    {shared_by}
                    {question("default", "Open with it", "Yes: Posthouse opens with this view, for you.", draft.default)}
                    <div class="row">
                        <button class="btn primary">"Save"</button>
                        <a class="btn plain" href=cancel>"Cancel"</a>
                    </div>
                </form>
                {replace}
                {delete}
            </div>
        </div>
    }
}

fn question(name: &'static str, label: &'static str, help: &'static str, answer: YesNo) -> AnyView {
    let yes = RwSignal::new(answer.is_yes());
    view! {
        <YesNoField
            name=name
            form_name=format!("draft[{name}]")
            label=label
            help=move || help
            yes=yes
            on_change=Callback::new(move |answer| yes.set(answer))
        />
    }
    .into_any()
}

#[component]
fn Replace(views: Vec<ViewTab>, list: String) -> impl IntoView {
    let rows = views.into_iter().map(|ViewTab { id, name, query: _ }| {
        view! {
            <li>
                <button class="btn wrapping" name="id" value=id.to_string()>{format!("Replace “{name}”")}</button>
            </li>
        }
    });
    view! {
        <form class="card stack section" action="/api/replace_view" method="post">
            <input type="hidden" name="list" value=list />
            <h2>"Or replace a view"</h2>
            <p>"It keeps its name and shows this list from now on. Schedules that follow it send this list as well."</p>
            <ul class="row">{rows.collect_view()}</ul>
        </form>
    }
}

#[component]
fn Delete(id: ViewId, name: String) -> impl IntoView {
    view! {
        <form class="card stack section" action="/api/delete_view" method="post">
            <input type="hidden" name="id" value=id.to_string() />
            <h2>{format!("Delete “{name}”?")}</h2>
            <p>"The view is deleted for everybody. You can restore it for 30 days. Schedules that follow it stop until then. Accounts stay as they are."</p>
            <div class="row">
                <button class="btn"><Icon name="trash-2" />"Delete view"</button>
            </div>
        </form>
    }
}
