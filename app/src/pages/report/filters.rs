//! The search bar. A GET form that works as it is; with WebAssembly the list follows the typing.

use std::time::Duration;

use leptos::html::{Details, Input, Select};
use leptos::prelude::*;
use model::Column;
use model::filter::{HIDDEN_FILTERS, enabled_from_key, enabled_key, search_label};

use super::{Listing, Step};
use crate::components::field::{FieldError, bind};
use crate::components::icon::Icon;
use crate::paths;

/// From the last key to the question.
const DEBOUNCE: Duration = Duration::from_millis(200);
/// After this long without a key the next one begins a new entry of the history, in milliseconds.
const PAUSE: f64 = 1_500.0;

/// When keys were pressed, and what they led to.
#[derive(Clone, Copy)]
struct Typing {
    listing: Listing,
    timer: StoredValue<Option<TimeoutHandle>>,
    last_key: StoredValue<f64>,
    next: StoredValue<Step>,
}

impl Typing {
    fn new(listing: Listing) -> Self {
        Self {
            listing,
            timer: StoredValue::new(None),
            last_key: StoredValue::new(0.0),
            next: StoredValue::new(Step::Push),
        }
    }

    fn choose_enabled(self, key: &str) {
        self.listing.typed.update(|typed| typed.enabled = enabled_from_key(key));
        self.now();
    }

    /// A key was pressed in a field.
    fn set(self, column: Column, text: String) {
        self.listing.typed.update(|typed| {
            if let Some(place) = typed.text_mut(column) {
                *place = text;
            }
        });
        self.key();
    }

    /// Binds a field to what is typed; what was typed before WebAssembly ran counts too.
    fn bind(self, column: Column, input: NodeRef<Input>) {
        let typed = self.listing.typed;
        bind(
            Signal::derive(move || typed.with(|typed| typed.text(column).to_owned())),
            move || input.get().map(|input| input.value()),
            move |text| {
                if let Some(input) = input.get_untracked() {
                    input.set_value(text);
                }
            },
            move |text| self.set(column, text),
        );
    }

    fn key(self) {
        let now = js_sys::Date::now();
        if now - self.last_key.get_value() > PAUSE {
            self.next.set_value(Step::Push);
        }
        self.last_key.set_value(now);
        self.stop();
        let ask = move || {
            let step = self.next.get_value();
            self.next.set_value(Step::Replace);
            self.listing.typed.update_untracked(|typed| typed.page = 1);
            self.listing.ask(&self.listing.typed.get_untracked(), step);
        };
        self.timer.set_value(set_timeout_with_handle(ask, DEBOUNCE).ok());
    }

    /// Enter, or a choice: at once, and an entry of its own.
    fn now(self) {
        self.stop();
        self.last_key.set_value(0.0);
        self.listing.typed.update_untracked(|typed| typed.page = 1);
        self.listing.ask(&self.listing.typed.get_untracked(), Step::Push);
    }

    fn stop(self) {
        if let Some(handle) = self.timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    }
}

#[component]
pub fn Filters() -> impl IntoView {
    let listing: Listing = expect_context();
    let Listing { filter, typed, .. } = listing;
    let typing = Typing::new(listing);
    on_cleanup(move || typing.stop());
    let id = NodeRef::<Input>::new();
    typing.bind(Column::Id, id);
    let enabled = NodeRef::<Select>::new();
    bind(
        Signal::derive(move || typed.with(|typed| typed.enabled.map_or("", enabled_key).to_owned())),
        move || enabled.get().map(|select| select.value()),
        move |key| {
            if let Some(select) = enabled.get_untracked() {
                select.set_value(key);
            }
        },
        move |key| typing.choose_enabled(&key),
    );
    let id_error = Signal::derive(move || typed.with(|typed| typed.ids().err()));
    let text = move |column: Column, class: &'static str| {
        view! { <Search column=column class=class typing=typing /> }
    };
    let more = NodeRef::<Details>::new();
    let hidden = Memo::new(move |_| typed.with(|typed| typed.hidden_active()));
    // Open by itself when the address holds a filter behind it; from then on as the reader leaves it.
    let starts_open = filter.with_untracked(|filter| filter.hidden_active() > 0);
    Effect::new(move |_| {
        if let (true, Some(more)) = (hidden.get() > 0, more.get()) {
            more.set_open(true);
        }
    });
    let says_hidden = move || match hidden.get() {
        0 => String::new(),
        n => format!("{n} active"),
    };
    // What the form's own fields do not hold, for the way without WebAssembly.
    let kept = move || {
        let filter = filter.get();
        let size = filter.page_size.map(|size| size.rows().to_string());
        let columns = filter.columns.map(|shown| shown.iter().map(|c| c.key()).collect::<Vec<_>>().join(","));
        let field = |name: &'static str, value: Option<String>| {
            value.map(|value| view! { <input type="hidden" name=name value=value /> })
        };
        (field("page_size", size), field("columns", columns))
    };
    view! {
        <form
            class="row filters np"
            id="filters"
            role="search"
            action=paths::REPORT
            on:submit=move |event| {
                event.prevent_default();
                typing.now();
            }
        >
            <div class="field">
                <label for="f-id">"ID"</label>
                <input
                    node_ref=id
                    class="in"
                    id="f-id"
                    name="id"
                    inputmode="numeric"
                    autocomplete="off"
                    value=typed.with_untracked(|typed| typed.id.clone())
                    aria-invalid=move || id_error.with(Option::is_some).then_some("true")
                    aria-describedby=move || id_error.with(Option::is_some).then_some("id-e")
                    on:input:target=move |event| {
                        typing.set(Column::Id, event.target().value())
                    }
                />
            </div>
            {text(Column::Name, "find")}
            <div class="field">
                <label for="f-enabled">"Enabled"</label>
                <select
                    class="in"
                    id="f-enabled"
                    name="enabled"
                    node_ref=enabled
                    on:change:target=move |event| typing.choose_enabled(&event.target().value())
                >
                    {[("", "Any"), ("Yes", "Yes"), ("No", "No")]
                        .map(|(value, label)| {
                            let chosen = typed.with_untracked(|typed| typed.enabled.map_or("", enabled_key)) == value;
                            view! { <option value=value selected=chosen>{label}</option> }
                        })
                        .into_iter().collect_view()}
                </select>
            </div>
            <details node_ref=more open=starts_open>
                <summary class="btn">
                    "More " <span class="muted">{says_hidden}</span> <Icon name="chevron-down" />
                </summary>
                <div class="more">{HIDDEN_FILTERS.map(|column| text(column, "")).into_iter().collect_view()}</div>
            </details>
            {kept}
            <button class="sr go" tabindex="-1">"Search"</button>
            <div class="full idle"><FieldError name="id" error=id_error /></div>
        </form>
    }
}

/// One text filter.
#[component]
fn Search(column: Column, class: &'static str, typing: Typing) -> impl IntoView {
    let typed = typing.listing.typed;
    let id = format!("f-{}", column.key());
    let input = NodeRef::<Input>::new();
    typing.bind(column, input);
    view! {
        <div class=format!("field {class}")>
            <label for=id.clone()>{search_label(column)}</label>
            <input
                class="in"
                id=id
                name=column.key()
                autocomplete="off"
                spellcheck="false"
                autocapitalize="none"
                value=typed.with_untracked(|typed| typed.text(column).to_owned())
                node_ref=input
                on:input:target=move |event| typing.set(column, event.target().value())
            />
        </div>
    }
}
