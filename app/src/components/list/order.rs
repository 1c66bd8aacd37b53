//! The order of a list: the heads of its table, and the choice where there is no head to press.

use leptos::prelude::*;
use model::{Direction, ListColumn, Sort};

use super::{Filter, Listing};
use crate::components::icon::Icon;

/// The head of a column that sorts.
pub fn head_cell<F: Filter>(listing: Listing<F>, column: F::Column, class: &'static str) -> AnyView {
    let sort = move || listing.filter.with(F::sort);
    let sorted = move || Some(sort()).filter(|sort| sort.column == column).map(|sort| sort.direction);
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
        listing.show(listing.filter.with_untracked(|filter| filter.sorted(filter.sort().pressed(column))));
    };
    view! {
        <th role="columnheader" class=class scope="col" aria-sort=aria_sort>
            <button form="filters" name="sort" value=move || sort().pressed(column).to_key() on:click=press>
                {column.label()}
                " "
                <Icon name=icon />
            </button>
        </th>
    }
    .into_any()
}

/// The order, chosen from a list.
pub fn sort_by<F: Filter>(listing: Listing<F>) -> AnyView {
    let chosen = move || listing.filter.with(|filter| filter.sort().to_key());
    let directions = [Direction::Ascending, Direction::Descending];
    let orders = F::Column::ALL.iter().flat_map(|&column| directions.map(|direction| Sort { column, direction }));
    let options = orders.map(|sort| {
        let selected = move || listing.filter.with(F::sort) == sort;
        view! { <option value=sort.to_key() selected=selected>{format!("By {}", sort.in_words())}</option> }
    });
    view! {
        <select
            class="input narrow-only no-print"
            aria-label="Sort by"
            form="filters"
            name="sort"
            prop:value=chosen
            on:change:target=move |event| {
                let sort = Sort::from_key(&event.target().value()).unwrap_or_default();
                listing.show(listing.filter.with_untracked(|filter| filter.sorted(sort)));
            }
        >
            {options.collect_view()}
        </select>
    }
    .into_any()
}
