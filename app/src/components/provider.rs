//! What is known of a provider.

use leptos::prelude::*;
use model::ProviderFacts;

use super::note::note;

/// Each fact with a link to who says it.
pub fn sourced(facts: ProviderFacts) -> impl IntoView {
    let lines = facts.facts.into_iter().map(|(what, source)| {
        let link = source.starts_with("http").then(|| {
            view! { " " <a href=source.clone() rel="external noreferrer" target="_blank">"Source"</a> }
        });
        view! { <li>{what} {link}</li> }
    });
    view! { <ul class="provider-notes">{lines.collect_view()}</ul> }
}

/// What works today, and will not.
pub fn will_change(facts: ProviderFacts) -> AnyView {
    let heading = format!("{} changes how it is signed in to", facts.name);
    note("warn", "triangle-alert", "status", heading, sourced(facts))
}
