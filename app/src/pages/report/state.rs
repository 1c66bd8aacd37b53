//! The line that says what is shown: how many, which filters, in which order.

use leptos::html::Dialog;
use leptos::prelude::*;
use model::{AccountFilter, AccountPage, Preferences};

use super::Listing;
use crate::components::icon::Icon;
use crate::components::page::focus;
use crate::pages::preferences::PreferencesForm;
use crate::paths;

/// Which columns show, and how many rows a page has: a dialog here, a page of its own without WebAssembly.
#[component]
pub fn Columns(page: Signal<Option<AccountPage>>) -> impl IntoView {
    let listing: Listing = expect_context();
    let dialog = NodeRef::<Dialog>::new();
    let open = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        if let Some(dialog) = dialog.get_untracked() {
            // Showing a dialog that is already shown changes nothing.
            drop(dialog.show_modal());
        }
    };
    let close = Callback::new(move |()| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    let form = move || {
        page.get().map(|page| {
            let chosen = Preferences { columns: page.columns, page_size: page.page_size };
            view! { <PreferencesForm chosen=chosen list=listing.query() cancel=close /> }
        })
    };
    view! {
        <a
            class="btn plain push-end no-print"
            href=move || paths::preferences(&listing.query())
            aria-label="Columns and rows"
            aria-haspopup="dialog"
            on:click=open
        >
            <Icon name="columns-3" />
            <span class="wide-only">"Columns"</span>
        </a>
        <dialog class="card dialog" node_ref=dialog aria-labelledby="columns-h">
            <h2 id="columns-h">"Columns and rows"</h2>
            {form}
        </dialog>
    }
}

#[component]
pub fn Chips() -> impl IntoView {
    let listing: Listing = expect_context();
    move || {
        let filter = listing.filter.get();
        let chips = filter.chips().into_iter().map(|chip| {
            let without = filter.without(chip.column);
            let href = paths::report(&without.to_query());
            let label = format!("Remove filter: {} {}", chip.says, chip.value);
            view! {
                <span class="chip card no-print">
                    <span>{chip.says} " " <b>{chip.value}</b></span>
                    <a
                        href=href
                        aria-label=label
                        on:click=move |event| {
                            event.prevent_default();
                            listing.show(without.clone());
                            focus("f-name");
                        }
                    >
                        <Icon name="x" />
                    </a>
                </span>
            }
        });
        let chips = chips.collect_view();
        let clear = filter.is_narrowed().then(|| {
            let cleared = filter.cleared();
            view! {
                <a
                    class="btn plain no-print"
                    href=paths::report(&cleared.to_query())
                    on:click=move |event| {
                        event.prevent_default();
                        listing.show(cleared.clone());
                        focus("f-name");
                    }
                >
                    "Clear filters"
                </a>
            }
        });
        (chips, clear)
    }
}

/// For the browser's own print: what the list is, in words, and how much of it is on other pages.
pub fn in_words(listing: Listing, page: &AccountPage) -> String {
    let words = listing.filter.with_untracked(AccountFilter::in_words);
    match page.matching - page.rows.len() as u64 {
        0 => words + ".",
        more => format!(
            "{words}. Page {} of {}: {more} more stand on the others. Print report prints all.",
            page.page, page.pages
        ),
    }
}
