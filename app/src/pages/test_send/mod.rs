//! The window "Test Email - Account": what is to be sent, and what came of it. A page with its own address, shown over
//! the report as a dialog where there is room.

mod certificate;
mod compose;
mod result;
mod stages;
pub mod talk;

use leptos::html::{Dialog, H1};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};
use leptos_router::{LazyRoute, NavigateOptions, lazy_route};

use crate::api::Fail;
use crate::api::test_sends::{find_test_send, load_test_form};
use crate::components::icon::Icon;
use crate::components::page::{Shared, title_text};
use crate::components::problem::NotLoaded;
use crate::paths;

/// The dialog. Escape and the cross lead back to the list; the focus returns to what opened it.
#[component]
fn Window(
    #[prop(into)] title: Signal<String>,
    /// Below the heading: what is tested.
    #[prop(into)]
    about: String,
    /// Its form was refused.
    #[prop(optional, into)]
    wrong: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let query = use_location().search;
    let back = move || paths::report(&query.get());
    let navigate = use_navigate();
    let close = move || {
        navigate(
            &paths::report(&query.get_untracked()),
            NavigateOptions { scroll: false, ..NavigateOptions::default() },
        )
    };
    // Where there is room it is modal; the server cannot know, and renders it open.
    let heading = NodeRef::<H1>::new();
    let first = !expect_context::<Shared>().started.get_untracked();
    Effect::new(move |_| {
        if let (true, Some(dialog)) = (is_wide(), dialog.get()) {
            dialog.close();
            // It was closed just now, so that it can be shown.
            drop(dialog.show_modal());
        }
        if let (false, Some(heading)) = (first, heading.get()) {
            // A heading that has left the page meanwhile needs no focus.
            drop(heading.focus());
        }
    });
    let closes = StoredValue::new(close);
    let document_title = title_text(move || {
        let error = if wrong.try_get()? { "Error: " } else { "" };
        Some(format!("{error}{}: Test Email - Account", title.try_get()?))
    });
    view! {
        <div class="scrim np"></div>
        <dialog
            class="win card"
            open
            node_ref=dialog
            aria-labelledby="win-h"
            on:cancel=move |event: leptos::ev::Event| {
                event.prevent_default();
                closes.with_value(|close| close());
            }
        >
            <leptos_meta::Title text=document_title />
            <header class="row top">
                <h1 id="win-h" tabindex="-1" autofocus node_ref=heading>
                    <small>"Test Email - Account"</small>
                    {move || title.get()}
                    <small>{about}</small>
                </h1>
                <a class="btn plain end" href=back aria-label="Close"><Icon name="x" /></a>
            </header>
            {children()}
        </dialog>
    }
}

fn is_wide() -> bool {
    window().match_media("(width >= 60rem)").ok().flatten().is_some_and(|query| query.matches())
}

pub struct ComposePage;

#[lazy_route]
impl LazyRoute for ComposePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let params = use_params_map();
        let form = Resource::new(move || super::account_in(&params.get()), load_test_form);
        let content = move || {
            Some(match form.get()? {
                Ok(begun) => view! { <compose::Compose begun=begun /> }.into_any(),
                Err(Fail(problem)) => {
                    let retry = Callback::new(move |()| form.refetch());
                    view! {
                        <Window title="Not tested" about="">
                            <NotLoaded problem=problem retry=retry />
                        </Window>
                    }
                    .into_any()
                }
            })
        };
        view! { <Suspense>{content}</Suspense> }.into_any()
    }
}

pub struct ResultPage;

#[lazy_route]
impl LazyRoute for ResultPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let params = use_params_map();
        let test = Resource::new(move || super::test_send_in(&params.get()), find_test_send);
        let content = move || {
            Some(match test.get()? {
                Ok(begun) => view! { <result::TestResult begun=begun /> }.into_any(),
                Err(Fail(problem)) => {
                    let retry = Callback::new(move |()| test.refetch());
                    view! {
                        <Window title="Test send" about="">
                            <NotLoaded problem=problem retry=retry />
                        </Window>
                    }
                    .into_any()
                }
            })
        };
        view! { <Suspense>{content}</Suspense> }.into_any()
    }
}
