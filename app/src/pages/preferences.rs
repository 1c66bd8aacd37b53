//! Which columns the report shows and how many rows a page has: the form, and its page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{Column, PageSize, Preferences};

use crate::api::Fail;
use crate::api::accounts::load_preferences;
use crate::components::load::resource;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::components::problem::NotLoaded;
use crate::paths;
use crate::sections;

/// The choices. Saving keeps them with the person and goes back to the list.
#[component]
pub fn PreferencesForm(
    chosen: Preferences,
    /// The query of the list to go back to.
    list: String,
    /// Closes the dialog, where there is one.
    #[prop(optional, into)]
    cancel: Option<Callback<()>>,
) -> impl IntoView {
    let columns = Column::ALL.iter().enumerate().map(|(n, column)| {
        let column = *column;
        let always = column == Column::Name;
        view! {
            <label class="item">
                <input
                    type="checkbox"
                    name=format!("columns[{n}]")
                    value=column.key()
                    checked=chosen.columns.contains(&column)
                    disabled=always
                />
                {column.label()}
                {always.then(|| view! { <span class="muted">"always"</span> })}
            </label>
        }
    });
    let columns = columns.collect_view();
    let sizes = PageSize::ALL.map(|size| {
        let rows = size.rows().to_string();
        view! { <option value=rows.clone() selected=size == chosen.page_size>{rows.clone()}</option> }
    });
    let back = paths::report(&list);
    view! {
        <form class="stack checklist" action="/api/save_preferences" method="post">
            <input type="hidden" name="list" value=list />
            <fieldset>
                <legend class="label">"Columns"</legend>
                <div class="two-columns">{columns}</div>
            </fieldset>
            <div class="field short-field">
                <label for="page_size">"Rows a page"</label>
                <select class="input" id="page_size" name="page_size">
                    {sizes.into_iter().collect_view()}
                </select>
            </div>
            <div class="row">
                <button class="btn primary">"Save"</button>
                <a
                    class="btn plain"
                    href=back
                    on:click=move |event| {
                        if let Some(cancel) = cancel {
                            event.prevent_default();
                            cancel.run(());
                        }
                    }
                >
                    "Cancel"
                </a>
            </div>
        </form>
    }
}

/// The page of the form.
pub fn page() -> AnyView {
    mark_started(expect_context::<Shared>());
    let chosen = resource(|| (), |()| load_preferences());
    let list = use_location().search;
    let form = move || {
        Some(match chosen.get()? {
            Ok(chosen) => {
                let list = list.get_untracked().trim_start_matches('?').to_owned();
                view! { <section class="card stack section"><PreferencesForm chosen=chosen list=list /></section> }
                    .into_any()
            }
            Err(Fail(problem)) => {
                let retry = Callback::new(move |()| chosen.refetch());
                view! { <NotLoaded problem=problem retry=retry /> }.into_any()
            }
        })
    };
    view! {
        <PageHead title="Columns and rows">
            <a href=move || paths::report(&list.get())>{sections::REPORT.title}</a>
        </PageHead>
        <div class="form">
            <Suspense>{form}</Suspense>
        </div>
    }
    .into_any()
}
