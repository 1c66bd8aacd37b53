//! Views as tabs over the report: each is a link to its list.

use leptos::prelude::*;
use model::{AccountFilter, ViewTab};

use super::Listing;
use crate::components::page::Views;
use crate::paths;

/// Nothing where there are no views.
pub fn tabs(listing: Listing) -> Option<AnyView> {
    let Views(views) = expect_context();
    if views.is_empty() {
        return None;
    }
    let shown = views.clone();
    let edit = move || {
        let shown = shown.iter().find(|view| listing.filter.with(|filter| filter.is_view(&view.query)))?;
        Some(view! { <a class="btn plain" href=paths::edit_view(shown.id)>"Edit view"</a> })
    };
    let all = tab(listing, "All accounts".to_owned(), String::new());
    let tabs: Vec<_> = views.into_iter().map(|ViewTab { id: _, name, query }| tab(listing, name, query)).collect();
    Some(
        view! {
            <div class="row no-print">
                <nav aria-label="Views"><ul class="row link-list">{all} {tabs}</ul></nav>
                {edit}
            </div>
        }
        .into_any(),
    )
}

fn tab(listing: Listing, name: String, query: String) -> AnyView {
    let href = paths::report(&query);
    let current = move || listing.filter.with(|filter: &AccountFilter| filter.is_view(&query)).then_some("page");
    view! { <li><a class="item" href=href aria-current=current>{name}</a></li> }.into_any()
}
