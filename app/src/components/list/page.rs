//! The page of a list of records: credentials, network connectors, schedules.

use leptos::prelude::*;
use model::{Filter, ListPage};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Listing;
use super::latest::{Asking, Latest};
use super::section::{Extras, Words, section};
use super::table::table;
use crate::components::icon::Icon;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::sections::Section;

/// Records of one kind: how they are asked for, and how they are shown.
pub trait Records: Filter {
    type Row: Clone + Send + Sync + Serialize + DeserializeOwned + 'static;

    const SECTION: Section;
    const WORDS: &'static Words;
    const HEADS: &'static [Head<Self::Column>];

    fn ask(self) -> Asking<ListPage<Self::Row>>;
    /// The row of the table; `list` is the query to come back to.
    fn row(row: Self::Row, list: &str) -> AnyView;
}

/// A column of the table.
pub struct Head<C> {
    pub label: &'static str,
    /// What it sorts by, where it does: its label is then the column's.
    pub column: Option<C>,
    pub class: &'static str,
}

/// The whole page.
pub fn list_page<F: Records>() -> AnyView {
    let shared: Shared = expect_context();
    mark_started(shared);
    let listing = Listing::<F>::at(F::SECTION.path);
    let latest = Latest::new(listing.filter.into(), F::ask);
    let page = latest.page();
    let new = move || {
        F::WORDS.new.map(|new| {
            view! {
                <a class="btn primary" aria-keyshortcuts="n" href=move || new(&listing.query())>
                    <Icon name="plus" />
                    "New"
                </a>
            }
        })
    };
    view! {
        <PageHead title=F::SECTION.title actions=new>"Settings · Email"</PageHead>
        {section(listing, latest, F::WORDS, move || table(listing, page), Extras::default())}
    }
    .into_any()
}
