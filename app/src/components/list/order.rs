//! The order of a list: the heads of its table, and the choice where there is no head to press.

use leptos::prelude::*;
use model::{Direction, Filter, ListColumn, Sort};

use super::Listing;
use crate::components::icon::Icon;

/// The head of a column that sorts.
pub fn head_cell<F: Filter>(listing: Listing<F>, column: F::Column, class: &'static str) -> AnyView {
    let sorted = move || Some(listing.filter.with(F::sort)).filter(|sort| sort.column == column);
    let pressed = move || listing.filter.with(|filter| filter.sort().pressed(column));
    let press =
        move |()| listing.show(listing.filter.with_untracked(|filter| filter.sorted(filter.sort().pressed(column))));
    head(
        column.label(),
        class,
        Signal::derive(move || sorted().map(|sort| sort.direction)),
        Signal::derive(move || pressed().to_key()),
        Callback::new(press),
    )
}

fn head(
    label: &'static str,
    class: &'static str,
    sorted: Signal<Option<Direction>>,
    pressed: Signal<String>,
    press: Callback<()>,
) -> AnyView {
    let aria_sort = move || {
        sorted.get().map(|direction| match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        })
    };
    let icon = Signal::derive(move || match sorted.get() {
        None => "chevrons-up-down",
        Some(Direction::Ascending) => "arrow-up",
        Some(Direction::Descending) => "arrow-down",
    });
    let press = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        press.run(());
    };
    view! {
        <th role="columnheader" class=class scope="col" aria-sort=aria_sort>
            <button form="filters" name="sort" value=pressed on:click=press>
                {label}
                " "
                <Icon name=icon />
            </button>
        </th>
    }
    .into_any()
}

/// The order, chosen from a list, where there is more than one.
pub fn sort_by<F: Filter>(listing: Listing<F>) -> Option<AnyView> {
    let directions = [Direction::Ascending, Direction::Descending];
    let orders = F::Column::ALL.iter().flat_map(|&column| directions.map(|direction| Sort { column, direction }));
    let orders: Vec<_> = orders.map(|sort| (sort.to_key(), format!("By {}", sort.in_words()))).collect();
    let choose = move |key: String| {
        let sort = Sort::from_key(&key).unwrap_or_default();
        listing.show(listing.filter.with_untracked(|filter| filter.sorted(sort)));
    };
    let chosen = Signal::derive(move || listing.filter.with(F::sort).to_key());
    (!orders.is_empty()).then(|| select(orders, chosen, Callback::new(choose)))
}

/// Each order with its key.
fn select(orders: Vec<(String, String)>, chosen: Signal<String>, choose: Callback<String>) -> AnyView {
    let options = orders.into_iter().map(|(key, words)| {
        let value = key.clone();
        view! { <option value=value selected=move || chosen.with(|chosen| *chosen == key)>{words}</option> }
    });
    view! {
        <select
            class="input narrow-only no-print"
            aria-label="Sort by"
            form="filters"
            name="sort"
            prop:value=chosen
            on:change:target=move |event| choose.run(event.target().value())
        >
            {options.collect_view()}
        </select>
    }
    .into_any()
}
