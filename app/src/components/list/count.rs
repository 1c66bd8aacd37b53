//! How many records match, announced when it changes.

use leptos::prelude::*;

/// What a list found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub matching: u64,
    pub total: u64,
    /// Something narrows the list.
    pub narrowed: bool,
}

/// The element stands before its text does.
#[component]
pub fn Count(
    found: Memo<Option<Found>>,
    searching: Signal<bool>,
    /// What one of them is called: "account".
    one: &'static str,
) -> impl IntoView {
    let text = move || match (searching.get(), found.get()) {
        (true, _) => "Searching".into_any(),
        (false, None) => ().into_any(),
        (false, Some(Found { matching, total, narrowed })) => {
            let plural = if total == 1 { "" } else { "s" };
            let rest = if narrowed { format!(" of {total} {one}{plural}") } else { format!(" {one}{plural}") };
            view! { <b>{matching}</b>{rest} }.into_any()
        }
    };
    view! { <span role="status">{text}</span> }
}
