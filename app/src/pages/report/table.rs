//! The table: a head that sorts, and one row for each account.

use leptos::prelude::*;
use model::{AccountPage, Column, Direction};

use super::Listing;
use super::row::Row;
use super::selection::ChoosePage;
use crate::components::icon::Icon;

#[component]
pub fn Table(page: Signal<Option<AccountPage>>) -> impl IntoView {
    let columns = Memo::new(move |_| page.get().map(|page| page.columns).unwrap_or_default());
    let heads = move || columns.get().into_iter().map(|column| view! { <Head column=column /> }).collect_view();
    let rows = move || {
        let AccountPage { rows, columns, .. } = page.get()?;
        Some(rows.into_iter().map(|row| view! { <Row row=row columns=columns.clone() /> }).collect_view())
    };
    view! {
        <div class="wrap" role="region" aria-label="Accounts" tabindex="0">
            <table class="grid" role="table" aria-label="SMTP accounts">
                <thead role="rowgroup">
                    <tr role="row">
                        <ChoosePage page=page />
                        {heads}
                        <th role="columnheader" class="acts np w8" scope="col">
                            <span>"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Head(column: Column) -> impl IntoView {
    let listing: Listing = expect_context();
    let sort = Memo::new(move |_| listing.filter.with(|filter| filter.sort));
    let sorted = move || (sort.get().column == column).then_some(sort.get().direction);
    let aria_sort = move || {
        sorted().map(|direction| match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    let icon = Signal::derive(move || match sorted() {
        None => "chevrons-up-down",
        Some(Direction::Ascending) => "arrow-up",
        Some(Direction::Descending) => "arrow-down",
    });
    let press = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        let pressed = sort.get_untracked().pressed(column);
        listing.show(listing.filter.with_untracked(|filter| filter.sorted(pressed)));
    };
    view! {
        <th role="columnheader" class=width(column) scope="col" aria-sort=aria_sort>
            <button form="filters" name="sort" value=move || sort.get().pressed(column).to_key() on:click=press>
                {column.label()}
                " "
                <Icon name=icon />
            </button>
        </th>
    }
}

/// Fixed widths, so that nothing jumps while one types.
const fn width(column: Column) -> &'static str {
    match column {
        Column::Id => "w2",
        Column::Name => "pin w7",
        Column::Enabled | Column::Default => "w4",
        Column::Security => "w5",
        Column::ForceSettings | Column::ReadReceipt | Column::Footer => "w3",
        Column::LastTest => "w6",
        Column::Credential | Column::Connector => "w8",
        Column::Sender | Column::Reply | Column::ReturnPath | Column::Confirmation => "",
    }
}
