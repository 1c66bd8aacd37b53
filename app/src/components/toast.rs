//! What was done, at the foot of the page: with Undo until it is closed or the page changes, else for some seconds.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::icon::Icon;
use super::page::{NOT_STARTED, Shared};
use crate::api::Undo;

/// How long a toast without Undo stays, while it is neither hovered nor focused.
const STAYS: Duration = Duration::from_secs(6);

#[component]
pub fn Toasts() -> impl IntoView {
    let shared: Shared = expect_context();
    let notice = shared.notice;
    let held = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        stop();
        let waits = notice.with(|n| n.as_ref().is_some_and(|n| n.undo.is_none())) && !held.get();
        if waits {
            timer.set_value(set_timeout_with_handle(move || notice.set(None), STAYS).ok());
        }
    });
    let location = use_location();
    // What was done is told on the page that comes next, and not beyond it.
    let pathname = location.pathname;
    Effect::new(move |before: Option<String>| {
        let now = pathname.get();
        if before.is_some_and(|before| before != now) && !shared.arriving.get_value() {
            notice.set(None);
        }
        shared.arriving.set_value(false);
        now
    });
    let list = move || location.search.get().trim_start_matches('?').to_owned();
    let toast = move || {
        notice.get().map(|shown| {
            let undo = shown.undo.map(|undo| {
                let (action, id, kind) = match undo {
                    Undo::Deleted(id) => ("/api/restore_account", id.0, None),
                    Undo::Change(id) => ("/api/undo_change", id.0, None),
                    Undo::Record(record) => ("/api/restore_record", record.id, Some(record.kind)),
                };
                let kind = kind.map(|kind| view! { <input type="hidden" name="kind" value=kind.key() /> });
                view! {
                    <form action=action method="post">
                        {kind}
                        <input type="hidden" name="id" value=id.to_string() />
                        <input type="hidden" name="list" value=list />
                        <button class="btn plain"><Icon name="undo-2" />"Undo"</button>
                    </form>
                }
            });
            view! {
                <div
                    class="toast card push-end no-print"
                    on:pointerenter=move |_| held.set(true)
                    on:pointerleave=move |_| held.set(false)
                    on:focusin=move |_| held.set(true)
                    on:focusout=move |_| held.set(false)
                >
                    <span class="good tone"><Icon name="circle-check" /></span>
                    <span>{shown.text}</span>
                    {undo}
                    <button
                        class="item"
                        type="button"
                        aria-label="Close"
                        disabled=move || !shared.started.get()
                        title=move || (!shared.started.get()).then_some(NOT_STARTED)
                        on:click=move |_| notice.set(None)
                    >
                        <Icon name="x" />
                    </button>
                </div>
            }
        })
    };
    view! { <div role="status" class="toasts">{toast}</div> }
}
