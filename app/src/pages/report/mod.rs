//! The report "SMTP configuration": filters, state, table and pages. The address is its state.

mod filters;
mod pager;
mod row;
mod state;
mod table;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_navigate};
use model::{AccountFilter, AccountPage, Problem};

use crate::api::Fail;
use crate::api::accounts::list_accounts;
use crate::components::icon::Icon;
use crate::components::page::{PageHead, Shared, focus, mark_started};
use crate::components::problem::NotLoaded;
use crate::paths;

pub use filters::Filters;

/// The list that the address asks for, and the ways to ask for another.
#[derive(Clone, Copy)]
pub struct Listing {
    /// What the address says.
    pub filter: Memo<AccountFilter>,
    /// What the address does not know of yet: the fields as they are being typed in.
    pub typed: RwSignal<AccountFilter>,
    /// The list last asked for from here, to tell it from Back and Forward.
    asked: StoredValue<AccountFilter>,
    go: Callback<(String, bool)>,
}

/// An answer that takes longer is said to be searched for.
const LATE: Duration = Duration::from_millis(300);

/// Whether a list takes the place of the one before it in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Push,
    Replace,
}

impl Listing {
    fn new() -> Self {
        let search = use_location().search;
        let filter = Memo::new(move |_| AccountFilter::from_query(&search.get()));
        let navigate = use_navigate();
        let go = Callback::new(move |(to, replace): (String, bool)| {
            navigate(&to, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        let start = filter.get_untracked();
        let listing = Self { filter, typed: RwSignal::new(start.clone()), asked: StoredValue::new(start), go };
        // Back, Forward and links change the address; the fields follow. One's own typing is never overwritten.
        Effect::new(move |_| {
            let now = filter.get();
            if listing.asked.get_value() != now {
                listing.asked.set_value(now.clone());
                listing.typed.set(now);
            }
        });
        listing
    }

    /// Asks for another list. An ID that cannot be read leaves the list as it is.
    pub fn ask(self, wanted: &AccountFilter, step: Step) {
        let query = wanted.to_query();
        let wanted = AccountFilter::from_query(&query);
        if wanted.ids().is_err() || wanted == self.filter.get_untracked() {
            return;
        }
        self.asked.set_value(wanted);
        self.go.run((paths::report(&query), step == Step::Replace));
    }

    /// Asks for another list, and shows it in the fields.
    pub fn show(self, wanted: AccountFilter) {
        self.typed.set(wanted.clone());
        self.ask(&wanted, Step::Push);
    }

    /// The query of the list as it is shown.
    pub fn query(self) -> String {
        self.filter.with(AccountFilter::to_query)
    }
}

#[component]
pub fn Report() -> impl IntoView {
    let shared: Shared = expect_context();
    let listing = Listing::new();
    provide_context(listing);
    let answers = Answers::new(listing.filter.get_untracked());
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
    let searching = lasting(answers.late);
    view! {
        <div class="under" inert=covered>
            <PageHead
                title="SMTP configuration"
                actions=move || {
                    view! {
                        <a class="btn primary" href=move || paths::new_account(&listing.query())>
                            <Icon name="plus" />
                            "New"
                        </a>
                    }
                }
            >
                "Settings · Email"
            </PageHead>
            <section class="card report" class:late=searching aria-label="Report">
                <Filters />
                <Transition>
                    <Body answers=answers searching=searching />
                </Transition>
            </section>
        </div>
        <Outlet />
    }
}

/// The number of the account whose test stands at this path.
fn tested(path: &str) -> Option<&str> {
    path.strip_prefix(paths::REPORT)?.strip_prefix('/')?.split('/').next()
}

type Answer = Result<AccountPage, Fail>;

/// The answers to what was asked. The page begins with the first; each question after it is asked at once, and an
/// answer counts only while its question is the newest.
#[derive(Clone, Copy)]
struct Answers {
    first: Resource<Answer>,
    newest: RwSignal<Option<Answer>>,
    asked: StoredValue<u32>,
    late: RwSignal<bool>,
}

impl Answers {
    fn new(filter: AccountFilter) -> Self {
        Self {
            first: Resource::new(|| (), move |()| list_accounts(filter.clone())),
            newest: RwSignal::new(None),
            asked: StoredValue::new(0),
            late: RwSignal::new(false),
        }
    }

    fn get(self) -> Option<Answer> {
        self.newest.get().or_else(|| self.first.get())
    }

    fn ask(self, filter: AccountFilter) {
        let number = self.asked.get_value() + 1;
        self.asked.set_value(number);
        self.late.set(true);
        leptos::task::spawn_local(async move {
            let answer = list_accounts(filter).await;
            // The page may have been left meanwhile.
            if self.asked.try_get_value() == Some(number) {
                self.newest.set(Some(answer));
                self.late.set(false);
            }
        });
    }
}

/// True once an answer has been late for 300 ms, until it is there.
fn lasting(late: RwSignal<bool>) -> Signal<bool> {
    let searching = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        match late.get() {
            true => timer.set_value(set_timeout_with_handle(move || searching.set(true), LATE).ok()),
            false => searching.set(false),
        }
    });
    searching.into()
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
    let count = Memo::new(move |_| {
        let narrowed = listing.filter.with_untracked(AccountFilter::is_narrowed);
        page.get().map(|page| (page.matching, page.total, narrowed))
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
            <table::Table page=page />
            <pager::Pager page=page />
        }
        .into_any(),
    };
    view! {
        <p class="printed">{move || page.get().map(|page| state::in_words(listing, &page))}</p>
        <div class="row state chips">
            <state::Count count=count searching=searching />
            <state::Chips />
            <state::SortBy />
            <state::Columns page=page />
        </div>
        {content}
    }
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
