//! The search bar. A GET form that works as it is; with WebAssembly the list follows the typing.

use leptos::html::{Details, Input, Select};
use leptos::prelude::*;
use model::{Filter, FilterChoice, FilterField, FilterInput, FilterKey};

use super::Listing;
use super::typing::Typing;
use crate::components::field::{FieldError, bind};
use crate::components::icon::Icon;

/// A field of the form, whichever list it filters.
#[derive(Clone, Copy)]
struct Field {
    field: FilterField,
    value: Signal<String>,
    error: Signal<Option<String>>,
    set: Callback<String>,
}

/// The fields of a list's filters, in a form.
pub fn filters<F: Filter>(listing: Listing<F>) -> AnyView {
    let typing = Typing::new(listing);
    let typed = listing.typed;
    let fields = F::Key::ALL.iter().map(|&key| {
        let field = key.field();
        let set = Callback::new(move |value: String| match field.input {
            FilterInput::Text | FilterInput::Numbers => typing.key(|typed| typed.set(key, &value)),
            FilterInput::Day | FilterInput::Choice { .. } => typing.choose(|typed| typed.set(key, &value)),
        });
        let error = Signal::derive(move || typed.with(|typed| typed.error(key)));
        Field { field, value: Signal::derive(move || typed.with(|typed| typed.value(key).to_owned())), error, set }
    });
    // What the form's own fields do not hold, for the way without WebAssembly.
    let kept = Signal::derive(move || listing.filter.with(F::look));
    form(listing.path.get_value(), fields.collect(), kept, Callback::new(move |()| typing.now()))
}

fn form(
    action: String,
    fields: Vec<Field>,
    kept: Signal<Vec<(&'static str, String)>>,
    submit: Callback<()>,
) -> AnyView {
    let (hidden, shown): (Vec<_>, Vec<_>) = fields.iter().copied().partition(|field| field.field.behind_more);
    let errors = fields.into_iter().filter(|Field { field, .. }| matches!(field.input, FilterInput::Numbers)).map(
        |Field { field, error, .. }| {
            let error = Signal::derive(move || error.get().map(|message| message + " The list is unchanged."));
            view! { <div class="full-width hidden-if-empty"><FieldError name=field.key error=error /></div> }
        },
    );
    let kept = move || {
        let fields = kept.get().into_iter();
        fields.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
    };
    view! {
        <form
            class="row filters no-print"
            id="filters"
            role="search"
            action=action
            on:submit=move |event| {
                event.prevent_default();
                submit.run(());
            }
        >
            {shown.into_iter().map(input).collect_view()}
            {(!hidden.is_empty()).then(|| more(hidden))}
            {kept}
            <button class="visually-hidden search-button" tabindex="-1">"Search"</button>
            {errors.collect_view()}
        </form>
    }
    .into_any()
}

/// The fields behind `More`.
fn more(fields: Vec<Field>) -> AnyView {
    let more = NodeRef::<Details>::new();
    let inputs = fields.iter().copied().map(input).collect_view();
    let active = Memo::new(move |_| fields.iter().filter(|field| !field.value.get().trim().is_empty()).count());
    // Open by itself when the address holds a filter behind it; from then on as the reader leaves it.
    let starts_open = active.get_untracked() > 0;
    Effect::new(move |_| {
        if let (true, Some(more)) = (active.get() > 0, more.get()) {
            more.set_open(true);
        }
    });
    let says_active = move || match active.get() {
        0 => String::new(),
        n => format!("{n} active"),
    };
    view! {
        <details node_ref=more open=starts_open>
            <summary class="btn">
                "More " <span class="muted">{says_active}</span> <Icon name="chevron-down" />
            </summary>
            <div class="more-filters">{inputs}</div>
        </details>
    }
    .into_any()
}

fn input(field: Field) -> AnyView {
    match field.field.input {
        FilterInput::Choice { any, choices } => select(field, any, choices()),
        FilterInput::Text | FilterInput::Numbers | FilterInput::Day => text(field),
    }
}

/// One of several answers, or any.
fn select(Field { field, value, set, .. }: Field, any: &'static str, choices: Vec<FilterChoice>) -> AnyView {
    let id = format!("f-{}", field.key);
    let select = NodeRef::<Select>::new();
    bind(
        value,
        move || select.get().map(|select| select.value()),
        move |value| {
            if let Some(select) = select.get_untracked() {
                select.set_value(value);
            }
        },
        move |value| set.run(value),
    );
    let chosen = value.get_untracked();
    let options = std::iter::once(FilterChoice { value: "", label: any }).chain(choices);
    let options = options.map(|FilterChoice { value, label }| {
        view! { <option value=value selected=value == chosen>{label}</option> }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{field.label}</label>
            <select
                class="input"
                id=id
                name=field.key
                node_ref=select
                on:change:target=move |event| set.run(event.target().value())
            >
                {options.collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// What is typed: a part of a text, numbers, or a day, which counts once it is chosen.
fn text(Field { field, value, error, set }: Field) -> AnyView {
    let FilterField { key, label, input: kind, behind_more } = field;
    let id = format!("f-{key}");
    let input = NodeRef::<Input>::new();
    // What was typed before WebAssembly ran counts too.
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
    let is_day = matches!(kind, FilterInput::Day);
    let class = match kind {
        FilterInput::Text if !behind_more => "search-field",
        FilterInput::Day => "date-field",
        _ => "",
    };
    let wrong = move || error.with(Option::is_some);
    view! {
        <div class=format!("field {class}")>
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                type=is_day.then_some("date")
                id=id
                name=key
                inputmode=matches!(kind, FilterInput::Numbers).then_some("numeric")
                autocomplete="off"
                spellcheck="false"
                autocapitalize="none"
                aria-keyshortcuts=(class == "search-field").then_some("/")
                aria-invalid=move || wrong().then_some("true")
                aria-describedby=move || wrong().then(|| format!("{key}-e"))
                value=value.get_untracked()
                node_ref=input
                on:input:target=move |event| {
                    if !is_day {
                        set.run(event.target().value());
                    }
                }
                on:change:target=move |event| {
                    if is_day {
                        set.run(event.target().value());
                    }
                }
            />
        </div>
    }
    .into_any()
}
