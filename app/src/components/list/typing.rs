//! The list follows the typing: debounced, and with one entry of the history for what is typed in one go.

use std::time::Duration;

use leptos::prelude::*;
use model::Filter;

use super::{Listing, Step};

/// From the last key to the question.
pub const DEBOUNCE: Duration = Duration::from_millis(200);
/// After this long without a key the next one begins a new entry of the history, in milliseconds.
const PAUSE: f64 = 1_500.0;

/// When keys were pressed, and what they led to.
pub struct Typing<F: Filter> {
    listing: Listing<F>,
    timer: StoredValue<Option<TimeoutHandle>>,
    last_key: StoredValue<f64>,
    next: StoredValue<Step>,
}

// A handle, whatever it is a handle to.
impl<F: Filter> Clone for Typing<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Filter> Copy for Typing<F> {}

impl<F: Filter> Typing<F> {
    pub fn new(listing: Listing<F>) -> Self {
        let typing = Self {
            listing,
            timer: StoredValue::new(None),
            last_key: StoredValue::new(0.0),
            next: StoredValue::new(Step::Push),
        };
        on_cleanup(move || typing.stop());
        typing
    }

    /// A key was pressed: the fields changed like this.
    pub fn key(self, change: impl FnOnce(&mut F)) {
        self.listing.typed.update(change);
        let now = js_sys::Date::now();
        if now - self.last_key.get_value() > PAUSE {
            self.next.set_value(Step::Push);
        }
        self.last_key.set_value(now);
        self.stop();
        let ask = move || {
            let step = self.next.get_value();
            self.next.set_value(Step::Replace);
            self.ask(step);
        };
        self.timer.set_value(set_timeout_with_handle(ask, DEBOUNCE).ok());
    }

    /// Enter, or a choice: at once, and an entry of its own.
    pub fn now(self) {
        self.stop();
        self.last_key.set_value(0.0);
        self.ask(Step::Push);
    }

    /// A choice changed the fields like this.
    pub fn choose(self, change: impl FnOnce(&mut F)) {
        self.listing.typed.update(change);
        self.now();
    }

    fn ask(self, step: Step) {
        self.listing.typed.update_untracked(|typed| *typed = typed.on_page(1));
        self.listing.ask(&self.listing.typed.get_untracked(), step);
    }

    fn stop(self) {
        if let Some(handle) = self.timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}
