//! A button that copies the text beside it.

use leptos::prelude::*;

use super::icon::Icon;
use super::page::{NOT_STARTED, Shared};

#[component]
pub fn Copy(
    #[prop(into)] text: Signal<String>,
    /// What is copied, for screen readers: "queue ID".
    what: &'static str,
    /// The words on the button; without them it is the icon alone.
    #[prop(optional)]
    label: &'static str,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        // The browser may refuse; then the button goes on saying that nothing was copied.
        let promise = window().navigator().clipboard().write_text(&text.get_untracked());
        leptos::task::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok() {
                copied.set(true);
                set_timeout(move || _ = copied.try_set(false), std::time::Duration::from_secs(3));
            }
        });
    };
    let says = move || if copied.get() { format!("Copied {what}") } else { format!("Copy {what}") };
    let icon = Signal::derive(move || if copied.get() { "check" } else { "copy" });
    view! {
        <button
            class="btn plain copy-button no-print"
            type="button"
            aria-label=says
            disabled=move || !shared.started.get()
            title=move || (!shared.started.get()).then_some(NOT_STARTED)
            on:click=copy
        >
            <Icon name=icon />
            {label}
        </button>
    }
}
