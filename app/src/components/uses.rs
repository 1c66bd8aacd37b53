//! What uses a credential or a network connector, each with a link to where that is changed.

use leptos::prelude::*;
use model::Uses;
use model::text::capitalized;

use crate::paths;

/// The first of them by name, and how many there are besides.
#[component]
pub fn UsesList(uses: Uses) -> impl IntoView {
    let Uses { first, count } = uses;
    let more = count.saturating_sub(first.len() as u64);
    let named = first.into_iter().map(|used| {
        let words = used.to_string();
        // "the account “Relay”" begins a line here.
        let words = words.strip_prefix("the ").map_or(words.clone(), capitalized);
        view! { <li><a href=paths::of_use(&used)>{words}</a></li> }
    });
    let named = named.collect_view();
    let more = (more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> });
    view! { <ul class="stack">{named}{more}</ul> }
}

/// The card of a form; nothing where nothing uses it.
#[component]
pub fn UsedBy(uses: Uses) -> impl IntoView {
    (uses.count > 0).then(|| {
        view! {
            <aside class="card stack section" aria-labelledby="uses-h">
                <h2 id="uses-h">"Used by"</h2>
                <UsesList uses=uses />
            </aside>
        }
    })
}
