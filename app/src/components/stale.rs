//! Somebody else saved the same record meanwhile: what differs. Nothing typed is lost.

use leptos::prelude::*;
use model::{Conflict, Difference, Moment};

use super::problem::{BadNote, FieldLink};
use super::time::TimeAgo;

/// A form that can only be saved on top of theirs, or loaded again.
#[component]
pub fn StaleNote(conflict: Conflict) -> impl IntoView {
    let Conflict { version: _, saved_by, saved_at, differences, theirs: _ } = conflict;
    view! {
        <BadNote focus=true heading="Not saved: someone else saved this meanwhile">
            <Differences saved_by=saved_by saved_at=saved_at differences=differences />
            <p class="help">"Press Save once more, and your answers replace theirs. To see theirs, load the page again."</p>
        </BadNote>
    }
}

/// Who saved, when, and each answer that differs.
#[component]
pub fn Differences(saved_by: String, saved_at: Moment, differences: Vec<Difference>) -> impl IntoView {
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
