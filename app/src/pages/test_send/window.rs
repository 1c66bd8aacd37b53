//! The window itself: a dialog over what lies below, a page of its own where there is no room for both.

use leptos::html::{Dialog, H1};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use crate::components::icon::Icon;
use crate::components::page::{Shared, title_text};
use crate::paths;

/// How the window is left.
#[derive(Clone)]
pub struct Leave {
    /// Without WebAssembly; None where the window opens only with it.
    pub href: Option<String>,
    pub close: Callback<()>,
}

/// Back to the list that the window lies over.
pub fn to_the_list() -> Leave {
    let query = use_location().search;
    let navigate = use_navigate();
    let close = Callback::new(move |()| {
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&paths::report(&query.get_untracked()), options);
    });
    Leave { href: Some(paths::report(&query.get_untracked())), close }
}

/// The dialog. Escape and the cross leave it; the focus returns to what opened it.
#[component]
pub fn Window(
    #[prop(into)] title: Signal<String>,
    /// Below the heading: what is tested.
    #[prop(into)]
    about: String,
    /// Its form was refused.
    #[prop(optional, into)]
    wrong: Signal<bool>,
    leave: Leave,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let Leave { href, close } = leave;
    // What lies below a page of its own can be reached; a form that is open below cannot, however narrow it is.
    let modal = href.is_none();
    let heading = NodeRef::<H1>::new();
    let first = !expect_context::<Shared>().started.get_untracked();
    // Where there is room it is modal; the server cannot know, and renders it open.
    Effect::new(move |_| {
        if let (true, Some(dialog)) = (modal || is_wide(), dialog.get()) {
            dialog.close();
            // It was closed just now, so that it can be shown.
            drop(dialog.show_modal());
        }
        if let (false, Some(heading)) = (first, heading.get()) {
            // A heading that has left the page meanwhile needs no focus.
            drop(heading.focus());
        }
    });
    let document_title = title_text(move || {
        let error = if wrong.try_get()? { "Error: " } else { "" };
        Some(format!("{error}{}: Test Email - Account", title.try_get()?))
    });
    let cross = match href {
        Some(href) => {
            view! { <a class="btn plain push-end" href=href aria-label="Close"><Icon name="x" /></a> }.into_any()
        }
        None => view! {
            <button class="btn plain push-end" type="button" aria-label="Close" on:click=move |_| close.run(())>
                <Icon name="x" />
            </button>
        }
        .into_any(),
    };
    view! {
        <div class="scrim no-print"></div>
        <dialog
            class="test-window card"
            open
            node_ref=dialog
            aria-labelledby="win-h"
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                close.run(());
            }
        >
            <leptos_meta::Title text=document_title />
            <header class="row align-start">
                <h1 id="win-h" tabindex="-1" autofocus node_ref=heading>
                    <small>"Test Email - Account"</small>
                    {move || title.get()}
                    <small>{about}</small>
                </h1>
                {cross}
            </header>
            {children()}
        </dialog>
    }
}

fn is_wide() -> bool {
    window().match_media("(width >= 60rem)").ok().flatten().is_some_and(|query| query.matches())
}
