//! The report "SMTP configuration": filters, state, table and pages. The address is its state.

mod row;
mod selection;
mod state;
mod table;
mod tabs;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use model::{AccountFilter, AccountPage};

use crate::api::accounts::list_accounts;
use crate::components::actions::{LIST_ACTIONS, ListAction};
use crate::components::icon::Icon;
use crate::components::list;
use crate::components::list::latest::Latest;
use crate::components::list::section::{Extras, Words, section};
use crate::components::list::state::chips;
use crate::components::page::{PageHead, Shared, focus, mark_started};
use crate::paths;
use crate::sections;

use tabs::tabs;

const WORDS: Words = Words {
    region: "Report",
    one: "account",
    icon: "mail",
    first: "Register the first one: it becomes the default.",
    new: Some(paths::new_account),
};

/// The list of accounts that the address asks for.
pub type Listing = list::Listing<AccountFilter>;
type Answers = Latest<AccountFilter, AccountPage>;

#[component]
pub fn Report() -> impl IntoView {
    let shared: Shared = expect_context();
    let listing = Listing::at(paths::REPORT);
    provide_context(listing);
    provide_context(selection::Chosen::new());
    let answers = Answers::new(listing.filter.into(), |filter| Box::pin(list_accounts(filter)));
    let page = answers.page();
    let extras = Extras {
        above: (move || state::in_words(listing, page)).into(),
        chips: (move || chips(listing)).into(),
        tools: (move || view! { <state::Columns page=page /> }).into(),
    };
    let table = move || view! { <selection::Bar page=page /> <table::Table page=page /> };
    mark_started(shared);
    let pathname = use_location().pathname;
    // Over the report a test can be open: it is then out of reach, as behind any dialog.
    let covered = move || pathname.get() != paths::REPORT;
    Effect::new(move |before: Option<String>| {
        let now = pathname.get();
        if let (paths::REPORT, Some(id)) = (now.as_str(), before.as_deref().and_then(tested)) {
            let link = format!("test-{id}");
            // The dialog leaves the page first.
            set_timeout(move || focus(&link), Duration::ZERO);
        }
        now
    });
    view! {
        <div class="behind-window" inert=covered>
            <PageHead
                title=sections::REPORT.title
                actions=move || {
                    view! {
                        <Actions />
                        <a
                            class="btn primary"
                            aria-keyshortcuts="n"
                            href=move || paths::new_account(&listing.query())
                        >
                            <Icon name="plus" />
                            "New"
                        </a>
                    }
                }
            >
                "Settings · Email"
            </PageHead>
            {tabs(listing)}
            {section(listing, answers, &WORDS, table, extras)}
        </div>
        <Outlet />
    }
}

/// What can be done with all that the list holds. The browser fetches a file, and the page that is printed, by itself.
#[component]
fn Actions() -> impl IntoView {
    let listing: Listing = expect_context();
    let items = LIST_ACTIONS.map(|ListAction { icon, label, external, href }| {
        view! {
            <li>
                <a class="item" rel=external.then_some("external") href=move || href(&listing.query())>
                    <Icon name=icon />
                    {label}
                </a>
            </li>
        }
    });
    view! {
        <details class="menu push-end no-print" name="menu">
            <summary class="btn">"Actions " <Icon name="chevron-down" /></summary>
            <ul class="card">{items.into_iter().collect_view()}</ul>
        </details>
    }
}

/// The number of the account whose test stands at this path.
fn tested(path: &str) -> Option<&str> {
    path.strip_prefix(paths::REPORT)?.strip_prefix('/')?.split('/').next()
}
