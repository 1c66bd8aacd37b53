//! Rows that were chosen, and what can be done with them. The boxes belong to a GET form of their own, which leads to
//! the preview; the bar shows by itself as soon as a box is ticked.

use std::collections::BTreeSet;

use leptos::html::Input;
use leptos::prelude::*;
use model::{AccountId, AccountPage, ChangeKind};

use super::Listing;
use crate::components::field::bind;
use crate::components::page::{NOT_STARTED, Shared};
use crate::paths;

/// The form that the boxes belong to.
const FORM: &str = "chosen";

/// The accounts that were chosen on this page.
#[derive(Clone, Copy)]
pub struct Chosen(RwSignal<BTreeSet<i64>>);

impl Chosen {
    pub fn new() -> Self {
        Self(RwSignal::new(BTreeSet::new()))
    }

    fn set(self, id: AccountId, chosen: bool) {
        self.0.update(|all| {
            if chosen {
                all.insert(id.0)
            } else {
                all.remove(&id.0)
            };
        });
    }
}

/// The box of a row.
#[component]
pub fn Choose(id: AccountId, name: String) -> impl IntoView {
    let chosen: Chosen = expect_context();
    let input = NodeRef::<Input>::new();
    bind(
        Signal::derive(move || chosen.0.with(|all| all.contains(&id.0))),
        move || input.get().map(|input| input.checked()),
        move |checked| {
            if let Some(input) = input.get_untracked() {
                input.set_checked(*checked);
            }
        },
        move |checked| chosen.set(id, checked),
    );
    view! {
        <td role="cell" class="select-cell no-print">
            <input
                type="checkbox"
                form=FORM
                name="chosen"
                value=id.to_string()
                aria-label=format!("Choose {name}")
                checked=chosen.0.with_untracked(|all| all.contains(&id.0))
                node_ref=input
                on:change:target=move |event| chosen.set(id, event.target().checked())
            />
        </td>
    }
}

/// The box in the head: all of this page, or none.
#[component]
pub fn ChoosePage(page: Signal<Option<AccountPage>>) -> impl IntoView {
    let shared: Shared = expect_context();
    let chosen: Chosen = expect_context();
    let ids = move || page.get().map(|page| page.rows.iter().map(|row| row.id.0).collect::<Vec<_>>());
    let all = move || {
        let ids = ids().unwrap_or_default();
        chosen.0.with(|chosen| !ids.is_empty() && ids.iter().all(|id| chosen.contains(id)))
    };
    let waits = move || !shared.started.get();
    view! {
        <th role="columnheader" class="select-cell no-print" scope="col">
            <input
                type="checkbox"
                aria-label="Choose all on this page"
                disabled=waits
                title=move || waits().then_some(NOT_STARTED)
                prop:checked=all
                on:change:target=move |event| {
                    let all = if event.target().checked() { ids() } else { None };
                    chosen.0.set(all.unwrap_or_default().into_iter().collect());
                }
            />
        </th>
    }
}

/// What can be done with the chosen rows.
#[component]
pub fn Bar(page: Signal<Option<AccountPage>>) -> impl IntoView {
    let listing: Listing = expect_context();
    let chosen: Chosen = expect_context();
    // What is no longer on the page is no longer chosen.
    Effect::new(move |_| {
        let shown: BTreeSet<_> =
            page.get().map(|page| page.rows.iter().map(|row| row.id.0).collect()).unwrap_or_default();
        if chosen.0.with_untracked(|chosen| !chosen.is_subset(&shown)) {
            chosen.0.update(|chosen| chosen.retain(|id| shown.contains(id)));
        }
    });
    let count = move || match chosen.0.with(BTreeSet::len) {
        0 => "Chosen accounts".to_owned(),
        1 => "1 account chosen".to_owned(),
        n => format!("{n} accounts chosen"),
    };
    let every = move || {
        let page = page.get()?;
        (page.matching > page.rows.len() as u64).then(|| {
            view! {
                <label class="item">
                    <input type="checkbox" form=FORM name="all" value="Yes" />
                    "All " {page.matching} " that match"
                </label>
            }
        })
    };
    let buttons = ChangeKind::ALL.map(|kind| {
        view! { <button class="btn" form=FORM name="kind" value=kind.label()>{kind.label()}</button> }
    });
    view! {
        <div class="row selection-bar no-print">
            <span role="status" class="label">{count}</span>
            {every}
            <span class="row push-end">
                <button class="btn" form=FORM formaction=paths::TEST_SEVERAL>"Test"</button>
                {buttons.into_iter().collect_view()}
            </span>
        </div>
        <form id=FORM action=paths::CHANGE>
            <input type="hidden" name="list" value=move || listing.query() />
        </form>
    }
}
