//! The list follows the typing: debounced, and with one entry of the history for what is typed in one go.

use std::time::Duration;

use leptos::html::Input;
use leptos::prelude::*;

use super::{Filter, Listing, Step};
use crate::components::field::bind;

/// From the last key to the question.
const DEBOUNCE: Duration = Duration::from_millis(200);
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
        self.listing.typed.update_untracked(|typed| *typed.page_mut() = 1);
        self.listing.ask(&self.listing.typed.get_untracked(), step);
    }

    fn stop(self) {
        if let Some(handle) = self.timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}

/// Binds a field to what is typed; what was typed before WebAssembly ran counts too.
pub fn bind_text(input: NodeRef<Input>, value: Signal<String>, set: Callback<String>) {
    bind(
        value,
        move || input.get().map(|input| input.value()),
        move |text| {
            if let Some(input) = input.get_untracked() {
                input.set_value(text);
            }
        },
        move |text| set.run(text),
    );
}

/// One text filter.
#[component]
pub fn Search(
    /// Its name in the address.
    name: &'static str,
    label: &'static str,
    #[prop(into)] value: Signal<String>,
    #[prop(optional)] class: &'static str,
    on_input: Callback<String>,
) -> impl IntoView {
    let id = format!("f-{name}");
    let input = NodeRef::<Input>::new();
    bind_text(input, value, on_input);
    view! {
        <div class=format!("field {class}")>
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                id=id
                name=name
                autocomplete="off"
                spellcheck="false"
                autocapitalize="none"
                aria-keyshortcuts=(class == "search-field").then_some("/")
                value=value.get_untracked()
                node_ref=input
                on:input:target=move |event| on_input.run(event.target().value())
            />
        </div>
    }
}
