//! What every list is made of: the address that is its state, the fields that ask, the newest answer, the pages.

mod count;
mod filters;
pub mod latest;
pub mod order;
pub mod page;
mod pager;
pub mod section;
pub mod state;
pub mod table;
pub mod typing;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::{Filter, FilterKey};

/// Whether a list takes the place of the one before it in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Push,
    Replace,
}

/// The list that the address asks for, and the ways to ask for another.
pub struct Listing<F: Filter> {
    /// Where it stands.
    path: StoredValue<String>,
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
    /// The list of the page that is being shown, which stands at this path.
    pub fn at(path: impl Into<String>) -> Self {
        let search = use_location().search;
        let filter = Memo::new(move |_| F::from_query(&search.get()));
        let navigate = use_navigate();
        let go = Callback::new(move |(to, replace): (String, bool)| {
            navigate(&to, NavigateOptions { replace, scroll: false, ..NavigateOptions::default() });
        });
        let start = filter.get_untracked();
        let path = StoredValue::new(path.into());
        let listing = Self { path, filter, typed: RwSignal::new(start.clone()), asked: StoredValue::new(start), go };
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
        let wrong = F::Key::ALL.iter().any(|key| wanted.error(*key).is_some());
        if wrong || wanted == self.filter.get_untracked() {
            return;
        }
        let address = self.address(&wanted);
        self.asked.set_value(wanted);
        self.go.run((address, step == Step::Replace));
    }

    /// Asks for another list, and shows it in the fields.
    pub fn show(self, wanted: F) {
        self.typed.set(wanted.clone());
        self.ask(&wanted, Step::Push);
    }

    /// Where a list stands.
    pub fn address(self, filter: &F) -> String {
        let (path, query) = (self.path.get_value(), filter.to_query());
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The query of the list as it is shown.
    pub fn query(self) -> String {
        self.filter.with(F::to_query)
    }
}
