//! What the report says of its list beyond other lists: its columns, and the list in words for paper.

use leptos::html::Dialog;
use leptos::prelude::*;
use model::{AccountFilter, AccountPage, Preferences};

use super::Listing;
use crate::components::icon::Icon;
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

/// For the browser's own print: what the list is, in words, and how much of it is on other pages.
pub fn in_words(listing: Listing, page: Signal<Option<AccountPage>>) -> AnyView {
    let words = move || {
        let page = page.get()?;
        let words = listing.filter.with_untracked(AccountFilter::in_words);
        Some(match page.matching - page.rows.len() as u64 {
            0 => words + ".",
            more => format!(
                "{words}. Page {} of {}: {more} more stand on the others. Print report prints all.",
                page.page, page.pages
            ),
        })
    };
    view! { <p class="print-only">{words}</p> }.into_any()
}
