//! Somebody else saved the account meanwhile: what differs, and the choice. Nothing typed is lost.

use leptos::prelude::*;
use model::{AccountDraft, Conflict};

use crate::components::form::record::RecordForm;
use crate::components::page::{NOT_STARTED, Shared};
use crate::components::problem::BadNote;
use crate::components::stale::Differences;

#[component]
pub fn Stale(conflict: Conflict, form: RecordForm<AccountDraft>) -> impl IntoView {
    let shared: Shared = expect_context();
    let Conflict { version: newest, saved_by, saved_at, differences, theirs } = conflict;
    let RecordForm { draft, saved, version, .. } = form;
    // Every conflict of an account has them.
    let theirs = theirs.unwrap_or_else(|| saved.get_untracked());
    // Either way the next save stands on top of theirs.
    let settle = {
        let theirs = theirs.clone();
        move || {
            saved.set(theirs.clone());
            version.set(newest);
            draft.problem.set(None);
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
            <Differences saved_by=saved_by saved_at=saved_at differences=differences />
            <div class="row">
                <button class="btn" type="button" disabled=waits title=why on:click=keep>"Keep mine"</button>
                <button class="btn" type="button" disabled=waits title=why on:click=take>"Take theirs"</button>
            </div>
            <p class="help">"Keep mine: press Save once more, and your answers replace theirs."</p>
        </BadNote>
    }
}
