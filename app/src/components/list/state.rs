//! The line that says what a list shows: the filters that are set, and the order.

use leptos::prelude::*;
use model::{Chip, Filter, FilterInput, FilterKey};

use super::Listing;
use crate::components::icon::Icon;
use crate::components::page::focus;

/// The filters that are set, each with the way to take it off.
pub fn chips<F: Filter>(listing: Listing<F>) -> AnyView {
    let chips = move || {
        let chips = listing.filter.with(F::chips).into_iter().map(|Chip { label, value, without }| {
            chip(label, value, listing.address(&without), show(listing, without))
        });
        chips.collect_view()
    };
    chips.into_any()
}

fn chip(label: String, value: String, without: String, show: Callback<()>) -> AnyView {
    let remove = format!("Remove filter: {label} {value}");
    view! {
        <span class="chip card no-print">
            <span>{label} " " <b>{value}</b></span>
            <a
                href=without
                aria-label=remove
                on:click=move |event| {
                    follow(&event, show);
                }
            >
                <Icon name="x" />
            </a>
        </span>
    }
    .into_any()
}

/// Shows the list in this tab, unless the link was pressed with a key that asks for another one.
fn follow(event: &leptos::ev::MouseEvent, show: Callback<()>) {
    if !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()) {
        event.prevent_default();
        show.run(());
    }
}

/// Takes all filters off, where there are any.
pub fn clear<F: Filter>(listing: Listing<F>) -> AnyView {
    let cleared = move || listing.filter.with(|filter| (!filter.is_empty()).then(|| filter.cleared()));
    let clear = move || cleared().map(|cleared| clear_link(listing.address(&cleared), show(listing, cleared)));
    clear.into_any()
}

fn clear_link(cleared: String, show: Callback<()>) -> AnyView {
    view! {
        <a
            class="btn plain no-print"
            href=cleared
            on:click=move |event| {
                follow(&event, show);
            }
        >
            "Clear filters"
        </a>
    }
    .into_any()
}

/// Shows another list. What was pressed goes away by that: the focus goes to the first field of text.
fn show<F: Filter>(listing: Listing<F>, wanted: F) -> Callback<()> {
    Callback::new(move |()| {
        listing.show(wanted.clone());
        let mut fields = F::Key::ALL.iter().map(|key| key.field());
        if let Some(field) = fields.find(|field| matches!(field.input, FilterInput::Text)) {
            focus(&format!("f-{}", field.key));
        }
    })
}
