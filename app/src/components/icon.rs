//! The pictures: symbols of one file, hidden from screen readers; words stand beside them.

use leptos::prelude::*;

/// Where this build's assets are: `/assets/HASH`. The server provides it; in the browser the page itself says it.
#[derive(Clone)]
pub struct AssetsRoot(pub String);

/// Reads it from `<html data-assets>`.
pub fn assets_root() -> AssetsRoot {
    use_context().unwrap_or_else(|| {
        let root = document().document_element().and_then(|html| html.get_attribute("data-assets"));
        AssetsRoot(root.unwrap_or_default())
    })
}

#[component]
pub fn Icon(
    /// The symbol's name in `icons.svg`.
    #[prop(into)]
    name: Signal<&'static str>,
) -> impl IntoView {
    let AssetsRoot(root) = expect_context();
    view! {
        <svg class="icon" aria-hidden="true">
            <use_ href=move || format!("{root}/icons.svg#{}", name.get()) />
        </svg>
    }
}
