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
        <div class="wrap" role="region" aria-label=F::WORDS.title tabindex="0">
            <table class="grid few" role="table" aria-label=F::WORDS.title>
                <thead role="rowgroup">
                    <tr role="row">
                        {heads.collect_view()}
                        <th role="columnheader" class="acts np w8" scope="col">
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
