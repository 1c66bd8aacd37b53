//! A list, whatever it lists: its filters, what is shown of it, the table and the pages. What only some lists have is
//! handed in.

use leptos::prelude::*;
use model::{AccountPage, Filter, HistoryPage, ListPage, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Listing;
use super::count::{Count, Found};
use super::filters::filters;
use super::latest::Latest;
use super::order::sort_by;
use super::pager::{Part, pager};
use super::state;
use crate::api::Fail;
use crate::components::icon::Icon;
use crate::components::problem::NotLoaded;

/// What a list is called.
pub struct Words {
    /// The name of the whole, for assistive technology.
    pub region: &'static str,
    /// "credential"
    pub one: &'static str,
    pub icon: &'static str,
    /// Where there is none yet: what to do.
    pub first: &'static str,
    /// The page of the form New, where there is one.
    pub new: Option<fn(&str) -> String>,
}

/// What only some lists have.
#[derive(Default)]
pub struct Extras {
    /// Above the line that says what is shown.
    pub above: ViewFn,
    /// In that line, after the count.
    pub chips: ViewFn,
    /// At the end of that line.
    pub tools: ViewFn,
}

/// A page of a list, as the server gives it.
pub trait Answer: Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// Which part of the list it is.
    fn part(&self) -> Part;
}

impl<R: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> Answer for ListPage<R> {
    fn part(&self) -> Part {
        let (rows, &Self { matching, total, page, pages, .. }) = (self.rows.len() as u64, self);
        // All pages but the last are full.
        let first = if page == pages { (matching + 1).saturating_sub(rows) } else { (page - 1) * rows + 1 };
        Part { page, pages, first, last: (first + rows).saturating_sub(1), matching, total }
    }
}

impl Answer for HistoryPage {
    fn part(&self) -> Part {
        self.list.part()
    }
}

impl Answer for AccountPage {
    fn part(&self) -> Part {
        let &Self { matching, total, page, pages, page_size, .. } = self;
        let first = (page - 1) * page_size.rows() + 1;
        Part { page, pages, first, last: first + self.rows.len() as u64 - 1, matching, total }
    }
}

/// The list; `table` shows the newest answer.
pub fn section<F: Filter, Q: Clone + PartialEq + Send + Sync + 'static, T: Answer>(
    listing: Listing<F>,
    latest: Latest<Q, T>,
    words: &'static Words,
    table: impl Into<ViewFn>,
    extras: Extras,
) -> AnyView {
    let answer = move || {
        latest.with(|answer| match answer? {
            Ok(page) => Some(Ok(page.part())),
            Err(Fail(problem)) => Some(Err(problem.clone())),
        })
    };
    let searching = latest.searching();
    let list = List {
        words,
        answer: Signal::derive(answer),
        is_narrowed: Signal::derive(move || !listing.filter.with_untracked(F::is_empty)),
        searching,
        retry: Callback::new(move |()| latest.ask_again()),
        address_of_page: Callback::new(move |page| {
            listing.filter.with_untracked(|filter| listing.address(&filter.on_page(page)))
        }),
        address_of_all: Signal::derive(move || listing.filter.with(|filter| listing.address(&filter.cleared()))),
        state: (move || (state::clear(listing), sort_by(listing))).into(),
        table: table.into(),
        extras,
    };
    let filters = filters(listing);
    let body =
        if latest.is_awaited() { view! { <Transition>{body(list)}</Transition> }.into_any() } else { body(list) };
    view! {
        <section class="card list-card" class:searching=searching aria-label=words.region>
            {filters}
            {body}
        </section>
    }
    .into_any()
}

/// What is below the filters, whichever list it is.
struct List {
    words: &'static Words,
    answer: Signal<Option<Result<Part, Problem>>>,
    is_narrowed: Signal<bool>,
    searching: Signal<bool>,
    retry: Callback<()>,
    address_of_page: Callback<u64, String>,
    /// Without filters.
    address_of_all: Signal<String>,
    state: ViewFn,
    table: ViewFn,
    extras: Extras,
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
fn body(list: List) -> AnyView {
    let List { words, answer, is_narrowed, searching, retry, address_of_page, address_of_all, state, table, extras } =
        list;
    // What the answer says belongs to the question it answers, not to one that is being asked.
    let found = Memo::new(move |_| {
        let Part { matching, total, .. } = answer.get()?.ok()?;
        Some(Found { matching, total, narrowed: is_narrowed.get() })
    });
    let shown = Memo::new(move |_| match answer.get() {
        None => Shown::Nothing,
        Some(Err(problem)) => Shown::Problem(problem),
        Some(Ok(Part { total: 0, .. })) => Shown::Empty,
        Some(Ok(Part { total, matching: 0, .. })) => Shown::NoMatch(total),
        Some(Ok(_)) => Shown::Table,
    });
    let pages = move || answer.get()?.ok().map(|part| pager(part, address_of_page));
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Problem(problem) => view! { <NotLoaded problem=problem retry=retry /> }.into_any(),
        Shown::Empty => empty(words),
        Shown::NoMatch(total) => no_match(words, total, address_of_all),
        Shown::Table => view! {
            {table.run()}
            {pages}
        }
        .into_any(),
    };
    view! {
        {extras.above.run()}
        <div class="row list-state">
            <Count found=found searching=searching one=words.one />
            {extras.chips.run()}
            {state.run()}
            {extras.tools.run()}
        </div>
        {content}
    }
    .into_any()
}

fn empty(words: &'static Words) -> AnyView {
    let new = words.new.map(|new| view! { <a class="btn primary" href=new("")>{format!("New {}", words.one)}</a> });
    view! {
        <div class="stack empty">
            <Icon name=words.icon />
            <h2>{format!("No {}s yet", words.one)}</h2>
            <p>{words.first}</p>
            {new}
        </div>
    }
    .into_any()
}

fn no_match(words: &'static Words, total: u64, all: Signal<String>) -> AnyView {
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
