//! The table of a plain list: a head that sorts, and the rows.

use leptos::prelude::*;
use model::ListPage;

use super::Listing;
use super::order::head_cell;
use super::page::{Head, Records};

/// `page` is the newest answer.
pub fn table<F: Records>(listing: Listing<F>, page: Signal<Option<ListPage<F::Row>>>) -> AnyView {
    let heads = F::HEADS.iter().map(|Head { label, column, class }| match column {
        Some(column) => head_cell(listing, *column, class),
        None => view! { <th role="columnheader" class=*class scope="col"><span>{*label}</span></th> }.into_any(),
    });
    let rows = move || {
        let list = listing.filter.with_untracked(F::to_query);
        page.get().map(|page| page.rows.into_iter().map(|row| F::row(row, &list)).collect_view())
    };
    view! {
        <div class="table-scroll" role="region" aria-label=F::SECTION.title tabindex="0">
            <table class="data-table few-columns" role="table" aria-label=F::SECTION.title>
                <thead role="rowgroup">
                    <tr role="row">
                        {heads.collect_view()}
                        <th role="columnheader" class="row-actions no-print short-column" scope="col">
                            <span>"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// A table that does not sort: its heads, and its rows.
pub fn plain_table(name: &'static str, heads: &[&'static str], rows: impl IntoView + 'static) -> AnyView {
    let heads = heads.iter().map(|&label| view! { <th role="columnheader" scope="col"><span>{label}</span></th> });
    view! {
        <div class="table-scroll" role="region" aria-label=format!("Table: {name}") tabindex="0">
            <table class="data-table few-columns" role="table" aria-label=name>
                <thead role="rowgroup">
                    <tr role="row">{heads.collect_view()}</tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
