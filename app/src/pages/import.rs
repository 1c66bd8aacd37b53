//! Accounts from a file: which one, what it would do, and the import. Plain forms, the same with WebAssembly and
//! without.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::query::value_in_query;
use model::{DefaultMoved, Difference, ExportFormat, ImportCounts, ImportPreview, ImportedRow, Outcome, RowError};

use crate::api::imports::{Chosen, load_import};
use crate::components::load::loaded_page;
use crate::components::page::PageHead;
use crate::components::problem::BadNote;
use crate::paths;
use crate::sections;

/// The page that imports.
pub fn page() -> AnyView {
    let search = use_location().search.get_untracked();
    let file = value_in_query(&search, "file").unwrap_or_default();
    // Before a file is chosen, the query is that of the list which one came from.
    let list = if file.is_empty() {
        search.trim_start_matches('?').to_owned()
    } else {
        value_in_query(&search, "list").unwrap_or_default()
    };
    let asked = file.clone();
    loaded_page(
        move || load_import(asked.clone()),
        move |chosen| {
            let list = list.clone();
            let back = paths::report(&list);
            let content = match chosen {
                Chosen::Nothing => view! { <Choose list=list /> }.into_any(),
                Chosen::Unread(problem) => view! {
                    <BadNote heading="The file cannot be imported" focus=true><p>{problem.to_string()}</p></BadNote>
                    <Choose list=list />
                }
                .into_any(),
                Chosen::File(preview) => view! { <Preview preview=*preview file=file.clone() list=list /> }.into_any(),
            };
            view! {
                <PageHead title=Signal::stored("Import accounts".to_owned())>
                    <a href=back.clone()>{sections::REPORT.title}</a>
                </PageHead>
                <div class="form"><div class="stack">{content}</div></div>
            }
            .into_any()
        },
    )
}

#[component]
fn Choose(list: String) -> impl IntoView {
    let cancel = paths::report(&list);
    let exports = ExportFormat::ALL.map(|format| {
        view! {
            <a class="btn" rel="external" href=paths::whole_export(format, &list)>"Export all as " {format.label()}</a>
        }
    });
    view! {
        <form class="card stack section" action=paths::IMPORT_FILE method="post" enctype="multipart/form-data">
            <input type="hidden" name="list" value=list />
            <div class="field">
                <label class="label" for="file">"File"</label>
                <input class="input" type="file" id="file" name="file" accept=".csv,.xlsx,.json" required aria-describedby="file-h" />
                <p class="help" id="file-h">
                    "CSV in UTF-8 (with commas, semicolons or tabs), XLSX or JSON, up to 10,000 accounts. Nothing is changed before you have seen what would be."
                </p>
            </div>
            <div class="row">
                <button class="btn primary">"Show what would change"</button>
                <a class="btn plain" href=cancel>"Cancel"</a>
            </div>
        </form>
        <div class="card stack section">
            <h2>"A file to begin with"</h2>
            <p>
                "An export with everything that an account holds. A row names its account by its ID, else by its name; \
                 a row that names none registers a new one. What the file has no column for stays as it is."
            </p>
            <div class="row">{exports.collect_view()}</div>
        </div>
    }
}

#[component]
fn Preview(preview: ImportPreview, file: String, list: String) -> impl IntoView {
    let ImportPreview { name, counts, told, more } = preview;
    let ImportCounts { created, changed, unchanged, refused } = counts;
    let refuses = refused > 0;
    let again = paths::import(&list);
    let cancel = paths::report(&list);
    let result = format!("{created} new, {changed} changed, {unchanged} unchanged, {refused} refused.");
    let moved = told.default_moved.map(|DefaultMoved { to, from }| match from {
        Some(from) => format!("“{to}” becomes the default, in place of “{from}”."),
        None => format!("“{to}” becomes the default."),
    });
    let ignored =
        (!told.ignored.is_empty()).then(|| format!("Not read, since it cannot be set: {}.", told.ignored.join(", ")));
    let rows = told.rows.into_iter().map(row).collect_view();
    view! {
        {refuses
            .then(|| {
                view! {
                    <BadNote heading="Nothing can be imported yet" focus=true>
                        <p>"Rows that are refused need a change in the file. It is imported as a whole, or not at all."</p>
                    </BadNote>
                }
            })}
        <form class="card stack section" action="/api/import_accounts" method="post">
            <input type="hidden" name="file" value=file />
            <input type="hidden" name="list" value=list />
            <h2>{name}</h2>
            <p role="status">{result}</p>
            {(!refuses && created + changed > 0)
                .then(|| view! { <p class="help">"It is done at once, all or nothing, and can be undone for 30 days."</p> })}
            {moved.map(|text| view! { <p>{text}</p> })}
            {told.notes.into_iter().chain(ignored).map(|text| view! { <p class="muted">{text}</p> }).collect_view()}
            <table class="comparison">
                <thead>
                    <tr>
                        <th scope="col">"Place"</th>
                        <th scope="col">"Account"</th>
                        <th scope="col">"What would be"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {(more > 0).then(|| view! { <p class="muted">"and " {more} " more rows"</p> })}
            <div class="row">
                {(!refuses && created + changed > 0).then(|| view! { <button class="btn primary">"Import"</button> })}
                <a class="btn" href=again rel="external">"Choose another file"</a>
                <a class="btn plain" href=cancel>"Cancel"</a>
            </div>
        </form>
    }
}

fn row(row: ImportedRow) -> AnyView {
    let ImportedRow { place, name, outcome } = row;
    let what = match outcome {
        Outcome::Created => "New".into_any(),
        Outcome::Unchanged => view! { <span class="muted">"Unchanged"</span> }.into_any(),
        Outcome::Changed(differences) => {
            let fields = differences.into_iter().map(|Difference { label, mine, theirs, .. }| {
                view! { <li>{label.into_owned()} ": " {shown(theirs)} " → " <strong>{shown(mine)}</strong></li> }
            });
            view! { "Changed" <ul>{fields.collect_view()}</ul> }.into_any()
        }
        Outcome::Refused(errors) => {
            let errors = errors.into_iter().map(|RowError { column, message }| {
                view! { <li>{column} ": " {message}</li> }
            });
            view! { <strong class="tone bad">"Refused"</strong> <ul>{errors.collect_view()}</ul> }.into_any()
        }
    };
    view! { <tr><th scope="row" class="row-head">{place}</th><td class="wide-cell">{name}</td><td class="wide-cell">{what}</td></tr> }
        .into_any()
}

fn shown(answer: String) -> String {
    if answer.is_empty() { "empty".to_owned() } else { answer }
}
