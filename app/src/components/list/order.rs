//! The order of a list: the heads of its table, and the choice where there is no head to press.

use leptos::prelude::*;
use model::{Direction, ListColumn, Sort};

use super::{Filter, Listing};
use crate::components::icon::Icon;

/// The head of a column that sorts.
pub fn head_cell<F: Filter>(listing: Listing<F>, column: F::Column, class: &'static str) -> AnyView {
    let sort = Memo::new(move |_| listing.filter.with(F::sort));
    let sorted = Signal::derive(move || (sort.get().column == column).then_some(sort.get().direction));
    let pressed = Signal::derive(move || sort.get().pressed(column).to_key());
    let press = move |()| {
        let pressed = sort.get_untracked().pressed(column);
        listing.show(listing.filter.with_untracked(|filter| filter.sorted(pressed)));
    };
    cell(column.label(), class, sorted, pressed, Callback::new(press))
}

/// What is the same for every list.
fn cell(
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

/// The order, chosen from a list.
pub fn sort_by<F: Filter>(listing: Listing<F>) -> AnyView {
    let directions = [Direction::Ascending, Direction::Descending];
    let orders = F::Column::ALL.iter().flat_map(|&column| directions.map(|direction| Sort { column, direction }));
    let options = orders.map(|sort| (sort.to_key(), format!("By {}", sort.in_words()))).collect();
    let chosen = Memo::new(move |_| listing.filter.with(|filter| filter.sort().to_key()));
    let choose = Callback::new(move |key: String| {
        let sort = Sort::from_key(&key).unwrap_or_default();
        listing.show(listing.filter.with_untracked(|filter| filter.sorted(sort)));
    });
    choice(options, chosen, choose)
}

/// What is the same for every list.
fn choice(options: Vec<(String, String)>, chosen: Memo<String>, choose: Callback<String>) -> AnyView {
    let options = options.into_iter().map(|(key, words)| {
        let selected = {
            let key = key.clone();
            move || chosen.with(|chosen| *chosen == key)
        };
        view! { <option value=key selected=selected>{words}</option> }
    });
    view! {
        <select
            class="in only np"
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
