//! What a page found, as a box with a tone.

use leptos::prelude::*;

use super::icon::Icon;

/// `tone` is good, warn, bad, or nothing; `role` is "alert" for what must not be missed, else "status".
pub fn note(
    tone: &'static str,
    icon: &'static str,
    role: &'static str,
    heading: impl Into<String>,
    content: impl IntoView + 'static,
) -> AnyView {
    view! {
        <div class=format!("row align-start note tinted {tone}") role=role>
            <span class="tone"><Icon name=icon /></span>
            <div class="stack grow">
                <h2>{heading.into()}</h2>
                {content}
            </div>
        </div>
    }
    .into_any()
}
