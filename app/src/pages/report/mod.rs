//! The report "SMTP configuration": filters, state, table and pages. The address is its state.

mod filters;
mod row;
mod selection;
mod state;
mod table;
mod tabs;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use model::{AccountFilter, AccountPage, Problem};

use crate::api::Fail;
use crate::api::accounts::list_accounts;
use crate::components::actions::{LIST_ACTIONS, ListAction};
use crate::components::icon::Icon;
use crate::components::list;
use crate::components::list::count::{Count, Found};
use crate::components::list::latest::Latest;
use crate::components::list::order::sort_by;
use crate::components::list::pager::{Part, pager};
use crate::components::page::{PageHead, Shared, focus, mark_started};
use crate::components::problem::NotLoaded;
use crate::paths;

pub use filters::Filters;
use tabs::tabs;

/// The list of accounts that the address asks for.
pub type Listing = list::Listing<AccountFilter>;
type Answers = Latest<AccountFilter, AccountPage>;

#[component]
pub fn Report() -> impl IntoView {
    let shared: Shared = expect_context();
    let listing = Listing::of_page();
    provide_context(listing);
    provide_context(selection::Chosen::new());
    let answers = Answers::new(listing.filter.get_untracked(), |filter| Box::pin(list_accounts(filter)));
    Effect::new(move |before: Option<(AccountFilter, u32)>| {
        let now = (listing.filter.get(), shared.changes.get());
        if before.is_some_and(|before| before != now) {
            answers.ask(now.0.clone());
        }
        now
    });
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
    let searching = answers.searching();
    view! {
        <div class="behind-window" inert=covered>
            <PageHead
                title="SMTP configuration"
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
            <section class="card list-card" class:searching=searching aria-label="Report">
                <Filters />
                <Transition>
                    <Body answers=answers searching=searching />
                </Transition>
            </section>
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

/// What takes the table's place.
#[derive(Clone, PartialEq)]
enum Shown {
    Nothing,
    Problem(Problem),
    NoAccounts,
    NoMatch(u64),
    Table,
}

/// All below the filters. It stays as the answers change, so that the count is announced and no focus is lost.
#[component]
fn Body(answers: Answers, searching: Signal<bool>) -> impl IntoView {
    let listing: Listing = expect_context();
    let page = Signal::derive(move || answers.get().and_then(Result::ok));
    // What the answer says belongs to the question it answers, not to one that is being asked.
    let found = Memo::new(move |_| {
        let narrowed = listing.filter.with_untracked(AccountFilter::is_narrowed);
        page.get().map(|page| Found { matching: page.matching, total: page.total, narrowed })
    });
    let shown = Memo::new(move |_| match answers.get() {
        None => Shown::Nothing,
        Some(Err(Fail(problem))) => Shown::Problem(problem),
        Some(Ok(page)) if page.total == 0 => Shown::NoAccounts,
        Some(Ok(page)) if page.matching == 0 => Shown::NoMatch(page.total),
        Some(Ok(_)) => Shown::Table,
    });
    let retry = Callback::new(move |()| answers.ask(listing.filter.get_untracked()));
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Problem(problem) => view! { <NotLoaded problem=problem retry=retry /> }.into_any(),
        Shown::NoAccounts => view! { <NoAccounts /> }.into_any(),
        Shown::NoMatch(total) => view! { <NoMatch total=total /> }.into_any(),
        Shown::Table => view! {
            <selection::Bar page=page />
            <table::Table page=page />
            {move || page.get().map(|page| pager(listing, part(&page)))}
        }
        .into_any(),
    };
    view! {
        <p class="print-only">{move || page.get().map(|page| state::in_words(listing, &page))}</p>
        <div class="row list-state">
            <Count found=found searching=searching one="account" />
            <state::Chips />
            {sort_by(listing)}
            <state::Columns page=page />
        </div>
        {content}
    }
}

/// The page as the pager counts it.
fn part(page: &AccountPage) -> Part {
    let first = (page.page - 1) * page.page_size.rows() + 1;
    let last = first + page.rows.len() as u64 - 1;
    Part { page: page.page, pages: page.pages, first, last, matching: page.matching }
}

#[component]
fn NoAccounts() -> impl IntoView {
    view! {
        <div class="stack empty">
            <Icon name="mail" />
            <h2>"No accounts yet"</h2>
            <p>"Register the first one: it becomes the default."</p>
            <a class="btn primary" href=paths::new_account("")>"New account"</a>
        </div>
    }
}

#[component]
fn NoMatch(total: u64) -> impl IntoView {
    let listing: Listing = expect_context();
    let clear = move || listing.filter.with(|filter| paths::report(&filter.cleared().to_query()));
    let exist = match total {
        1 => "1 account exists.".to_owned(),
        n => format!("{n} accounts exist."),
    };
    view! {
        <div class="stack empty">
            <Icon name="search" />
            <h2>"No account matches"</h2>
            <p>{exist} " Take a filter off, or clear them all."</p>
            <a class="btn" href=clear>"Clear filters"</a>
        </div>
    }
}
