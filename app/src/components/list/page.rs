//! The page of a plain list of records: credentials, network connectors. The report has its own, with more to it.

use leptos::prelude::*;
use model::{ListPage, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::count::{Count, Found};
use super::latest::{Asking, Latest};
use super::order::sort_by;
use super::pager::{Part, pager};
use super::table::table;
use super::typing::{Search, Typing};
use super::{Filter, Listing};
use crate::api::Fail;
use crate::components::form::draft::FieldAccessor;
use crate::components::icon::Icon;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::components::problem::NotLoaded;

/// Records of one kind: how they are asked for, and how they are shown.
pub trait Records: Filter {
    type Row: Clone + Send + Sync + Serialize + DeserializeOwned + 'static;

    const WORDS: Words;
    /// The text filters, each with its label.
    const TEXTS: &'static [(FieldAccessor<Self, String>, &'static str)];
    const HEADS: &'static [Head<Self::Column>];

    fn ask(self) -> Asking<ListPage<Self::Row>>;
    /// The row of the table; `list` is the query to come back to.
    fn row(row: Self::Row, list: &str) -> AnyView;
}

/// What a list is called.
pub struct Words {
    pub title: &'static str,
    /// "credential"
    pub one: &'static str,
    pub icon: &'static str,
    /// Where there is none yet: what to do.
    pub first: &'static str,
    /// The page of the form New.
    pub new: fn(&str) -> String,
}

/// A column of the table.
pub struct Head<C> {
    pub label: &'static str,
    /// What it sorts by, where it does: its label is then the column's.
    pub column: Option<C>,
    pub class: &'static str,
}

/// What a page of a list holds.
pub fn part<R>(page: &ListPage<R>) -> Part {
    let (rows, &ListPage { matching, page, pages, .. }) = (page.rows.len() as u64, page);
    // All pages but the last are full.
    let first = if page == pages { matching + 1 - rows } else { (page - 1) * rows + 1 };
    Part { page, pages, first, last: first + rows - 1, matching }
}

/// The whole page.
pub fn list_page<F: Records>() -> AnyView {
    let shared: Shared = expect_context();
    mark_started(shared);
    let listing = Listing::<F>::of_page();
    let latest = Latest::new(listing.filter.get_untracked(), F::ask);
    Effect::new(move |before: Option<(F, u32)>| {
        let now = (listing.filter.get(), shared.changes.get());
        if before.is_some_and(|before| before != now) {
            latest.ask(now.0.clone());
        }
        now
    });
    let searching = latest.searching();
    let new = move || {
        view! {
            <a class="btn primary" aria-keyshortcuts="n" href=move || (F::WORDS.new)(&listing.query())>
                <Icon name="plus" />
                "New"
            </a>
        }
    };
    view! {
        <PageHead title=F::WORDS.title actions=new>"Settings · Email"</PageHead>
        <section class="card list-card" class:searching=searching aria-label="List">
            <Filters listing=listing />
            <Transition>{move || body(listing, latest, searching)}</Transition>
        </section>
    }
    .into_any()
}

#[component]
fn Filters<F: Records>(listing: Listing<F>) -> impl IntoView {
    let typing = Typing::new(listing);
    let typed = listing.typed;
    let fields = F::TEXTS.iter().map(|&(field, label)| {
        view! {
            <Search
                name=field.name
                label=label
                class="search-field"
                value=Signal::derive(move || typed.with(|typed| (field.get)(typed).clone()))
                on_input=Callback::new(move |text| typing.key(|typed| *(field.get_mut)(typed) = text))
            />
        }
    });
    view! {
        <form
            class="row filters no-print"
            id="filters"
            role="search"
            action=F::PATH
            on:submit=move |event| {
                event.prevent_default();
                typing.now();
            }
        >
            {fields.collect_view()}
            <button class="visually-hidden search-button" tabindex="-1">"Search"</button>
        </form>
    }
}

/// What is shown in place of the table.
#[derive(Clone, PartialEq)]
enum Shown {
    Nothing,
    Problem(Problem),
    Empty,
    NoMatch(u64),
    Table,
}

/// All below the filters. It stays as the answers change, so that the count is announced and no focus is lost.
fn body<F: Records>(listing: Listing<F>, latest: Latest<F, ListPage<F::Row>>, searching: Signal<bool>) -> AnyView {
    let page = Signal::derive(move || latest.get().and_then(Result::ok));
    // What the answer says belongs to the question it answers, not to one that is being asked.
    let found = Memo::new(move |_| {
        let narrowed = listing.filter.with_untracked(F::is_narrowed);
        page.with(|page| page.as_ref().map(|page| Found { matching: page.matching, total: page.total, narrowed }))
    });
    let shown = Memo::new(move |_| match latest.get() {
        None => Shown::Nothing,
        Some(Err(Fail(problem))) => Shown::Problem(problem),
        Some(Ok(page)) if page.total == 0 => Shown::Empty,
        Some(Ok(page)) if page.matching == 0 => Shown::NoMatch(page.total),
        Some(Ok(_)) => Shown::Table,
    });
    let retry = Callback::new(move |()| latest.ask(listing.filter.get_untracked()));
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Problem(problem) => view! { <NotLoaded problem=problem retry=retry /> }.into_any(),
        Shown::Empty => empty(&F::WORDS),
        Shown::NoMatch(total) => no_match(&F::WORDS, total, F::PATH),
        Shown::Table => view! {
            {table(listing, page)}
            {move || page.with(|page| page.as_ref().map(|page| pager(listing, part(page))))}
        }
        .into_any(),
    };
    let clear = move || {
        let narrowed = listing.filter.with(F::is_narrowed);
        narrowed.then(|| view! { <a class="btn plain no-print" href=F::PATH>"Clear filters"</a> })
    };
    view! {
        <div class="row list-state">
            <Count found=found searching=searching one=F::WORDS.one />
            {clear}
            {sort_by(listing)}
        </div>
        {content}
    }
    .into_any()
}

fn empty(words: &'static Words) -> AnyView {
    view! {
        <div class="stack empty">
            <Icon name=words.icon />
            <h2>{format!("No {}s yet", words.one)}</h2>
            <p>{words.first}</p>
            <a class="btn primary" href=(words.new)("")>{format!("New {}", words.one)}</a>
        </div>
    }
    .into_any()
}

fn no_match(words: &'static Words, total: u64, all: &'static str) -> AnyView {
    let exist = match total {
        1 => format!("1 {} exists.", words.one),
        n => format!("{n} {}s exist.", words.one),
    };
    view! {
        <div class="stack empty">
            <Icon name="search" />
            <h2>{format!("No {} matches", words.one)}</h2>
            <p>{exist} " Take a filter off, or clear them all."</p>
            <a class="btn" href=all>"Clear filters"</a>
        </div>
    }
    .into_any()
}
