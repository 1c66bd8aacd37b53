//! What every list is made of: the address that is its state, the fields that ask, the newest answer, the pages.

pub mod count;
pub mod latest;
pub mod order;
pub mod page;
pub mod pager;
pub mod table;
pub mod typing;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::{
    AccountFilter, Column, ConnectorColumn, ConnectorFilter, CredentialColumn, CredentialFilter, ListColumn,
    ScheduleColumn, ScheduleFilter, Sort,
};

use crate::paths;

/// What a list is asked for. Each list has one short address.
pub trait Filter: Clone + PartialEq + Send + Sync + 'static {
    type Column: ListColumn;

    /// The path of the list.
    const PATH: &'static str;

    fn from_query(query: &str) -> Self;
    fn to_query(&self) -> String;
    fn is_narrowed(&self) -> bool;
    fn sort(&self) -> Sort<Self::Column>;
    fn sort_mut(&mut self) -> &mut Sort<Self::Column>;
    fn page_mut(&mut self) -> &mut u64;

    /// False where it cannot be understood: the list stays as it is.
    fn can_be_asked(&self) -> bool;

    /// The address of the list.
    fn address(&self) -> String {
        match self.to_query() {
            query if query.is_empty() => Self::PATH.to_owned(),
            query => format!("{}?{query}", Self::PATH),
        }
    }

    fn on_page(&self, page: u64) -> Self {
        let mut filter = self.clone();
        *filter.page_mut() = page;
        filter
    }

    /// In another order, from its first page.
    fn sorted(&self, sort: Sort<Self::Column>) -> Self {
        let mut filter = self.on_page(1);
        *filter.sort_mut() = sort;
        filter
    }
}

/// The filters of the model, each with its column, its path, and whether it can be asked.
macro_rules! filter {
    ($filter:ident, $column:ident, $path:expr, $can_be_asked:expr) => {
        impl Filter for $filter {
            type Column = $column;

            const PATH: &'static str = $path;

            fn from_query(query: &str) -> Self {
                Self::from_query(query)
            }

            fn to_query(&self) -> String {
                self.to_query()
            }

            fn is_narrowed(&self) -> bool {
                self.is_narrowed()
            }

            fn sort(&self) -> Sort<$column> {
                self.sort
            }

            fn sort_mut(&mut self) -> &mut Sort<$column> {
                &mut self.sort
            }

            fn page_mut(&mut self) -> &mut u64 {
                &mut self.page
            }

            fn can_be_asked(&self) -> bool {
                $can_be_asked(self)
            }
        }
    };
}

filter!(AccountFilter, Column, paths::REPORT, |filter: &Self| filter.ids().is_ok());
filter!(CredentialFilter, CredentialColumn, paths::CREDENTIALS, |_| true);
filter!(ConnectorFilter, ConnectorColumn, paths::CONNECTORS, |_| true);
filter!(ScheduleFilter, ScheduleColumn, paths::SCHEDULES, |_| true);

/// Whether a list takes the place of the one before it in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Push,
    Replace,
}

/// The list that the address asks for, and the ways to ask for another.
pub struct Listing<F: Filter> {
    /// What the address says.
    pub filter: Memo<F>,
    /// What the address does not know of yet: the fields as they are being typed in.
    pub typed: RwSignal<F>,
    /// The list last asked for from here, to tell it from Back and Forward.
    asked: StoredValue<F>,
    go: Callback<(String, bool)>,
}

// A handle, whatever it is a handle to.
impl<F: Filter> Clone for Listing<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Filter> Copy for Listing<F> {}

impl<F: Filter> Listing<F> {
    /// The list of the page that is being shown.
    pub fn of_page() -> Self {
        let search = use_location().search;
        let filter = Memo::new(move |_| F::from_query(&search.get()));
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

    /// Asks for another list, unless that cannot be understood.
    pub fn ask(self, wanted: &F, step: Step) {
        // As the address will say it.
        let wanted = F::from_query(&wanted.to_query());
        if !wanted.can_be_asked() || wanted == self.filter.get_untracked() {
            return;
        }
        let address = wanted.address();
        self.asked.set_value(wanted);
        self.go.run((address, step == Step::Replace));
    }

    /// Asks for another list, and shows it in the fields.
    pub fn show(self, wanted: F) {
        self.typed.set(wanted.clone());
        self.ask(&wanted, Step::Push);
    }

    /// The query of the list as it is shown.
    pub fn query(self) -> String {
        self.filter.with(F::to_query)
    }
}
