//! The table: a head that sorts, and one row for each account.

use leptos::prelude::*;
use model::{AccountPage, Column, ColumnWidth};

use super::Listing;
use super::row::Row;
use super::selection::ChoosePage;
use crate::components::list::order::head_cell;

#[component]
pub fn Table(page: Signal<Option<AccountPage>>) -> impl IntoView {
    let listing: Listing = expect_context();
    let columns = Memo::new(move |_| page.get().map(|page| page.columns).unwrap_or_default());
    let heads =
        move || columns.get().into_iter().map(move |column| head_cell(listing, column, width(column))).collect_view();
    let rows = move || {
        let AccountPage { rows, columns, .. } = page.get()?;
        Some(rows.into_iter().map(|row| view! { <Row row=row columns=columns.clone() /> }).collect_view())
    };
    view! {
        <div class="table-scroll" role="region" aria-label="Accounts" tabindex="0">
            <table class="data-table" role="table" aria-label="SMTP accounts">
                <thead role="rowgroup">
                    <tr role="row">
                        <ChoosePage page=page />
                        {heads}
                        <th role="columnheader" class="row-actions no-print short-column" scope="col">
                            <span>"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

/// Fixed widths, so that nothing jumps while one types.
const fn width(column: Column) -> &'static str {
    match column.width() {
        ColumnWidth::Id => "id-column",
        ColumnWidth::Name => "row-head long-column",
        ColumnWidth::Badge => "flag-column",
        ColumnWidth::Security => "security-column",
        ColumnWidth::YesNo => "yes-no-column",
        ColumnWidth::Test => "medium-column",
        ColumnWidth::Record => "short-column",
        ColumnWidth::Flexible => "",
    }
}
