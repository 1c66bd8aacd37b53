//! The table of a plain list: a head that sorts, and the rows.

use leptos::prelude::*;
use model::Direction;

use super::Listing;
use super::page::{Head, Records};
use crate::components::icon::Icon;

#[component]
pub fn Table<F: Records>(listing: Listing<F>, page: Signal<Option<F::Page>>) -> impl IntoView {
    let heads = F::HEADS.iter().map(|head| view! { <HeadCell listing=listing head=head /> }).collect_view();
    let rows = move || page.get().map(|page| F::rows(page, &listing.filter.with_untracked(F::to_query)));
    view! {
        <div class="wrap" role="region" aria-label=F::WORDS.title tabindex="0">
            <table class="grid few" role="table" aria-label=F::WORDS.title>
                <thead role="rowgroup">
                    <tr role="row">
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
fn HeadCell<F: Records>(listing: Listing<F>, head: &'static Head) -> impl IntoView {
    let Head { label, key, class } = head;
    let Some(key) = *key else {
        return view! { <th role="columnheader" class=*class scope="col"><span>{*label}</span></th> }.into_any();
    };
    let sorted = Memo::new(move |_| {
        let (column, direction) = listing.filter.with(F::sort);
        (column == key).then_some(direction)
    });
    // What a press gives: the ascending order first, then the other way.
    let pressed = move || match sorted.get() {
        Some(Direction::Ascending) => Direction::Descending,
        _ => Direction::Ascending,
    };
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
        listing.show(listing.filter.with_untracked(|filter| filter.sorted(key, pressed())));
    };
    view! {
        <th role="columnheader" class=*class scope="col" aria-sort=aria_sort>
            <button form="filters" name="sort" value=move || pressed().to_key(key) on:click=press>
                {*label}
                " "
                <Icon name=icon />
            </button>
        </th>
    }
    .into_any()
}

/// The order, chosen from a list where there is no head to press.
#[component]
pub fn SortBy<F: Records>(listing: Listing<F>) -> impl IntoView {
    let chosen = move || {
        let (column, direction) = listing.filter.with(F::sort);
        direction.to_key(column)
    };
    let columns = F::HEADS.iter().filter_map(|head| head.key.map(|key| (key, head.label)));
    let options = columns.flat_map(|(key, label)| {
        [Direction::Ascending, Direction::Descending].map(|direction| {
            let words = match direction {
                Direction::Ascending => format!("By {label}"),
                Direction::Descending => format!("By {label}, descending"),
            };
            let key = direction.to_key(key);
            let selected = {
                let key = key.clone();
                move || chosen() == key
            };
            view! { <option value=key selected=selected>{words}</option> }
        })
    });
    view! {
        <select
            class="in only np"
            aria-label="Sort by"
            form="filters"
            name="sort"
            prop:value=chosen
            on:change:target=move |event| {
                let value = event.target().value();
                let (key, direction) = Direction::from_key(&value);
                listing.show(listing.filter.with_untracked(|filter| filter.sorted(key, direction)));
            }
        >
            {options.collect_view()}
        </select>
    }
}
