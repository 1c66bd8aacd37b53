//! There is no such page.

use leptos::prelude::*;

use crate::components::icon::Icon;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::paths;

#[component]
pub fn NotFound() -> impl IntoView {
    mark_started(expect_context::<Shared>());
    view! {
        <PageHead title="Page not found">"Posthouse"</PageHead>
        <div class="card stack empty">
            <Icon name="search" />
            <p>"There is no page at this address. It may have been mistyped, or the page was moved."</p>
            <a class="btn" href=paths::REPORT>"To the SMTP accounts"</a>
        </div>
    }
}
