//! Somebody else saved the account meanwhile: what differs, and the choice. Nothing typed is lost.

use leptos::prelude::*;
use model::{AccountDraft, Conflict, Problem};

use super::fields::Draft;
use crate::components::page::{NOT_STARTED, Shared};
use crate::components::problem::{BadNote, FieldLink};
use crate::components::time::TimeAgo;

#[component]
pub fn Stale(
    conflict: Conflict,
    draft: Draft,
    saved: RwSignal<AccountDraft>,
    version: RwSignal<i64>,
    problem: RwSignal<Option<Problem>>,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let Conflict { theirs, version: newest, saved_by, saved_at } = conflict;
    let differences = draft.answers.with_untracked(|mine| mine.differences(&theirs));
    let many = match differences.len() {
        0 => "Both say the same.".to_owned(),
        1 => "One field differs.".to_owned(),
        n => format!("{n} fields differ."),
    };
    let shown = |answer: String| match answer.is_empty() {
        true => "empty".to_owned(),
        false => answer,
    };
    let rows = differences.into_iter().map(|(field, label, mine, theirs)| {
        view! {
            <tr>
                <th scope="row"><FieldLink field=field.to_owned()>{label}</FieldLink></th>
                <td>{shown(mine)}</td>
                <td>{shown(theirs)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    // Either way the next save stands on top of theirs.
    let settle = {
        let theirs = theirs.clone();
        move || {
            saved.set(theirs.clone());
            version.set(newest);
            problem.set(None);
        }
    };
    let keep = {
        let settle = settle.clone();
        move |_| settle()
    };
    let take = move |_| {
        draft.answers.set(theirs.clone());
        draft.errors.set(Default::default());
        settle();
    };
    let waits = move || !shared.started.get();
    let why = move || waits().then_some(NOT_STARTED);
    view! {
        <BadNote focus=true heading="Not saved: someone else saved this account meanwhile">
            <p>{saved_by} " saved it " <TimeAgo at=saved_at /> ". " {many}</p>
            <table class="differs">
                <thead>
                    <tr>
                        <th scope="col">"Field"</th>
                        <th scope="col">"Yours"</th>
                        <th scope="col">"Theirs"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <div class="row">
                <button class="btn" type="button" disabled=waits title=why on:click=keep>"Keep mine"</button>
                <button class="btn" type="button" disabled=waits title=why on:click=take>"Take theirs"</button>
            </div>
            <p class="help">"Keep mine: press Save once more, and your answers replace theirs."</p>
        </BadNote>
    }
}
