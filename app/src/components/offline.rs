//! Being offline is said, and what was asked for meanwhile is asked for once more.

use leptos::ev;
use leptos::prelude::*;

use super::icon::Icon;
use super::page::Shared;

/// The element stands before its text does.
#[component]
pub fn Offline() -> impl IntoView {
    let shared: Shared = expect_context();
    let offline = shared.offline;
    Effect::new(move |_| {
        offline.set(!window().navigator().on_line());
        let gone = window_event_listener(ev::offline, move |_| offline.set(true));
        let back = window_event_listener(ev::online, move |_| {
            offline.set(false);
            shared.changes.update(|n| *n += 1);
        });
        on_cleanup(move || {
            gone.remove();
            back.remove();
        });
    });
    let banner = move || {
        offline.get().then(|| {
            view! {
                <p class="row note tinted warn">
                    <span class="tone"><Icon name="triangle-alert" /></span>
                    "The server cannot be reached. What is typed stays here; the page goes on when the connection is back."
                </p>
            }
        })
    };
    view! { <div role="status" class="offline no-print">{banner}</div> }
}
