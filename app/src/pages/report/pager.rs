//! The numbered pages.

use leptos::prelude::*;
use model::AccountPage;

use super::Listing;
use crate::components::icon::Icon;
use crate::paths;

#[component]
pub fn Pager(page: Signal<Option<AccountPage>>) -> impl IntoView {
    let listing: Listing = expect_context();
    move || page.get().map(|page| pages(listing, &page))
}

fn pages(listing: Listing, page: &AccountPage) -> AnyView {
    let filter = listing.filter.get_untracked();
    let size = page.page_size.rows();
    let first = (page.page - 1) * size + 1;
    let last = first + page.rows.len() as u64 - 1;
    let link = |number: u64, label: AnyView, name: Option<String>| {
        let current = (number == page.page && name.is_none()).then_some("page");
        let href = paths::report(&filter.on_page(number).to_query());
        view! { <li><a class="item" href=href aria-current=current aria-label=name>{label}</a></li> }
    };
    let numbers = numbers(page.page, page.pages).into_iter().map(|number| match number {
        Some(number) => link(number, number.into_any(), None).into_any(),
        None => view! { <li aria-hidden="true" class="item gap">"…"</li> }.into_any(),
    });
    let numbers = numbers.collect_view();
    let back = (page.page > 1)
        .then(|| link(page.page - 1, view! { <Icon name="chevron-left" /> }.into_any(), Some("Previous page".into())));
    let on = (page.page < page.pages)
        .then(|| link(page.page + 1, view! { <Icon name="chevron-right" /> }.into_any(), Some("Next page".into())));
    let several = (page.pages > 1).then(|| {
        view! { <nav class="end np" aria-label="Pages"><ul class="row numbers">{back}{numbers}{on}</ul></nav> }
    });
    view! {
        <div class="row pages">
            <span>{format!("{first} to {last} of {}", page.matching)}</span>
            {several}
        </div>
    }
    .into_any()
}

/// The pages that are offered: the first, the last, and those around the one that is shown; None for a gap.
fn numbers(page: u64, pages: u64) -> Vec<Option<u64>> {
    let mut shown: Vec<u64> = vec![1, pages];
    shown.extend(page.saturating_sub(1)..=page + 1);
    shown.retain(|number| (1..=pages).contains(number));
    shown.sort_unstable();
    shown.dedup();
    let mut numbers = Vec::new();
    for number in shown {
        match numbers.last().copied().flatten() {
            Some(before) if number == before + 2 => numbers.push(Some(before + 1)),
            Some(before) if number > before + 2 => numbers.push(None),
            _ => {}
        }
        numbers.push(Some(number));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_neighbours_are_offered() {
        let check = |page, pages, shown: &str| {
            let words: Vec<_> =
                numbers(page, pages).into_iter().map(|n| n.map_or("…".to_owned(), |n| n.to_string())).collect();
            assert_eq!(words.join(" "), shown, "{page} of {pages}");
        };
        check(1, 1, "1");
        check(1, 3, "1 2 3");
        check(1, 9, "1 2 … 9");
        check(4, 9, "1 2 3 4 5 … 9");
        check(5, 9, "1 … 4 5 6 … 9");
        check(9, 9, "1 … 8 9");
    }
}
