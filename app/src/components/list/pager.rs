//! The numbered pages.

use leptos::prelude::*;

use crate::components::icon::Icon;

/// What a page of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub page: u64,
    pub pages: u64,
    /// The number of its first row, from 1.
    pub first: u64,
    pub last: u64,
    /// Records that match.
    pub matching: u64,
    /// All records.
    pub total: u64,
}

/// The pages by number, and where each is.
pub fn pager(part: Part, address: Callback<u64, String>) -> AnyView {
    let Part { page, pages, first, last, matching, total: _ } = part;
    let link = |number: u64, label: AnyView, name: Option<String>| {
        let current = (number == page && name.is_none()).then_some("page");
        view! { <li><a class="item" href=address.run(number) aria-current=current aria-label=name>{label}</a></li> }
    };
    let numbers = numbers(page, pages).into_iter().map(|number| match number {
        Some(number) => link(number, number.into_any(), None).into_any(),
        None => view! { <li aria-hidden="true" class="item page-gap">"…"</li> }.into_any(),
    });
    let numbers = numbers.collect_view();
    let back = (page > 1)
        .then(|| link(page - 1, view! { <Icon name="chevron-left" /> }.into_any(), Some("Previous page".into())));
    let on = (page < pages)
        .then(|| link(page + 1, view! { <Icon name="chevron-right" /> }.into_any(), Some("Next page".into())));
    let several = (pages > 1).then(|| {
        view! { <nav class="push-end no-print" aria-label="Pages"><ul class="row link-list">{back}{numbers}{on}</ul></nav> }
    });
    view! {
        <div class="row list-foot">
            <span>{format!("{first} to {last} of {matching}")}</span>
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
