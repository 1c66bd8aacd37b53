//! The search bar. A GET form that works as it is; with WebAssembly the list follows the typing.

use leptos::html::{Details, Input, Select};
use leptos::prelude::*;
use model::filter::{HIDDEN_FILTERS, IGNORES_ERRORS, enabled_from_key, enabled_key, search_label};
use model::{AccountFilter, Column};

use super::Listing;
use crate::components::field::{FieldError, bind};
use crate::components::icon::Icon;
use crate::components::list::typing::{self, Search, bind_text};
use crate::paths;

type Typing = typing::Typing<AccountFilter>;

#[component]
pub fn Filters() -> impl IntoView {
    let listing: Listing = expect_context();
    let Listing { filter, typed, .. } = listing;
    let typing = Typing::new(listing);
    let id = NodeRef::<Input>::new();
    let typed_id = set_text(typing, Column::Id);
    bind_text(id, text_of(listing, Column::Id), typed_id);
    let enabled = Callback::new(move |yes| typing.choose(|typed| typed.enabled = yes));
    let ignores = Callback::new(move |yes| typing.choose(|typed| typed.ignores_errors = yes));
    let id_error = Signal::derive(move || {
        let wrong = typed.with(|typed| typed.ids().err());
        wrong.map(|message| message + " The list is unchanged.")
    });
    let text = move |column: Column, class: &'static str| {
        view! {
            <Search
                name=column.key()
                label=search_label(column)
                class=class
                value=text_of(listing, column)
                on_input=set_text(typing, column)
            />
        }
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
            class="row filters no-print"
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
                    class="input"
                    id="f-id"
                    name="id"
                    inputmode="numeric"
                    autocomplete="off"
                    value=typed.with_untracked(|typed| typed.id.clone())
                    aria-invalid=move || id_error.with(Option::is_some).then_some("true")
                    aria-describedby=move || id_error.with(Option::is_some).then_some("id-e")
                    on:input:target=move |event| {
                        typed_id.run(event.target().value())
                    }
                />
            </div>
            {text(Column::Name, "search-field")}
            <YesNoAny
                name="enabled"
                label="Enabled"
                value=Signal::derive(move || typed.with(|typed| typed.enabled))
                on_change=enabled
            />
            <details node_ref=more open=starts_open>
                <summary class="btn">
                    "More " <span class="muted">{says_hidden}</span> <Icon name="chevron-down" />
                </summary>
                <div class="more-filters">
                    {HIDDEN_FILTERS.map(|column| text(column, "")).into_iter().collect_view()}
                    <YesNoAny
                        name="ignores_errors"
                        label=IGNORES_ERRORS
                        value=Signal::derive(move || typed.with(|typed| typed.ignores_errors))
                        on_change=ignores
                    />
                </div>
            </details>
            {kept}
            <button class="visually-hidden search-button" tabindex="-1">"Search"</button>
            <div class="full-width hidden-if-empty"><FieldError name="id" error=id_error /></div>
        </form>
    }
}

/// Yes, No, or either.
#[component]
fn YesNoAny(
    /// Its name in the address.
    name: &'static str,
    label: &'static str,
    value: Signal<Option<bool>>,
    on_change: Callback<Option<bool>>,
) -> impl IntoView {
    let id = format!("f-{name}");
    let select = NodeRef::<Select>::new();
    bind(
        value,
        move || select.get().map(|select| enabled_from_key(&select.value())),
        move |yes| {
            if let Some(select) = select.get_untracked() {
                select.set_value(yes.map_or("", enabled_key));
            }
        },
        move |yes| on_change.run(yes),
    );
    let options = [("Any", None), ("Yes", Some(true)), ("No", Some(false))].map(|(label, yes)| {
        view! { <option value=yes.map_or("", enabled_key) selected=value.get_untracked() == yes>{label}</option> }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                class="input"
                id=id
                name=name
                node_ref=select
                on:change:target=move |event| on_change.run(enabled_from_key(&event.target().value()))
            >
                {options.into_iter().collect_view()}
            </select>
        </div>
    }
}

/// What is typed for a column.
fn text_of(listing: Listing, column: Column) -> Signal<String> {
    Signal::derive(move || listing.typed.with(|typed| typed.text(column).to_owned()))
}

/// A key was pressed in a column's field.
fn set_text(typing: Typing, column: Column) -> Callback<String> {
    Callback::new(move |text: String| {
        typing.key(|typed| {
            if let Some(place) = typed.text_mut(column) {
                *place = text;
            }
        });
    })
}
