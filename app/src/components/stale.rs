//! Somebody else saved the same record meanwhile: what differs. Nothing typed is lost.

use leptos::prelude::*;
use leptos::serde_json;
use model::{Conflict, Difference, Moment};

use super::form::draft::RecordAnswers;
use super::form::record::RecordForm;
use super::page::{NOT_STARTED, Shared};
use super::problem::{BadNote, FieldLink};
use super::time::TimeAgo;

const HEADING: &str = "Not saved: someone else saved this meanwhile";

/// The form of a record: it is saved on top of theirs, or theirs are taken over.
#[component]
pub fn StaleRecord<D: RecordAnswers>(conflict: Conflict, form: RecordForm<D>) -> impl IntoView {
    let read = |theirs: &String| serde_json::from_slice::<D>(theirs.as_bytes()).ok();
    let Some(theirs) = conflict.theirs.as_ref().and_then(read) else {
        return view! { <StaleNote conflict=conflict /> }.into_any();
    };
    let shared: Shared = expect_context();
    let Conflict { version: _, saved_by, saved_at, differences, theirs: _ } = conflict;
    let RecordForm { draft, saved, .. } = form;
    // Either way what is not saved is counted from theirs.
    let theirs = StoredValue::new(theirs);
    let settle = move || {
        saved.set(theirs.get_value());
        draft.problem.set(None);
    };
    let take = move |_| {
        draft.answers.set(theirs.get_value());
        draft.errors.set(Default::default());
        settle();
    };
    let waits = move || !shared.started.get();
    let why = move || waits().then_some(NOT_STARTED);
    view! {
        <BadNote focus=true heading=HEADING>
            <Differences saved_by=saved_by saved_at=saved_at differences=differences />
            <div class="row">
                <button class="btn" type="button" disabled=waits title=why on:click=move |_| settle()>"Keep mine"</button>
                <button class="btn" type="button" disabled=waits title=why on:click=take>"Take theirs"</button>
            </div>
            <p class="help">"Keep mine: press Save once more, and your answers replace theirs."</p>
        </BadNote>
    }
    .into_any()
}

/// A form that can only be saved on top of theirs, or loaded again.
#[component]
pub fn StaleNote(conflict: Conflict) -> impl IntoView {
    let Conflict { version: _, saved_by, saved_at, differences, theirs: _ } = conflict;
    view! {
        <BadNote focus=true heading=HEADING>
            <Differences saved_by=saved_by saved_at=saved_at differences=differences />
            <p class="help">"Press Save once more, and your answers replace theirs. To see theirs, load the page again."</p>
        </BadNote>
    }
}

/// Who saved, when, and each answer that differs.
#[component]
fn Differences(saved_by: String, saved_at: Moment, differences: Vec<Difference>) -> impl IntoView {
    let many = match differences.len() {
        0 => "Both say the same.".to_owned(),
        1 => "One field differs.".to_owned(),
        n => format!("{n} fields differ."),
    };
    let shown = |answer: String| if answer.is_empty() { "empty".to_owned() } else { answer };
    let rows = differences.into_iter().map(|Difference { field, label, mine, theirs }| {
        view! {
            <tr>
                <th scope="row"><FieldLink field=field.into_owned()>{label.into_owned()}</FieldLink></th>
                <td>{shown(mine)}</td>
                <td>{shown(theirs)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <p>{saved_by} " saved it " <TimeAgo at=saved_at /> ". " {many}</p>
        <table class="comparison">
            <thead>
                <tr>
                    <th scope="col">"Field"</th>
                    <th scope="col">"Yours"</th>
                    <th scope="col">"Theirs"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
