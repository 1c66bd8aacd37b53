//! Leaving with unsaved changes asks first: by a link, by Back, by closing the window.

use leptos::ev;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

#[component]
pub fn AskBeforeLeaving(
    /// How many answers are not saved.
    #[prop(into)]
    changes: Signal<usize>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    // Where the reader wanted to go; None means one step back.
    let wanted = RwSignal::new(None::<String>);
    let leaving = StoredValue::new(false);
    let dirty = move || changes.get_untracked() > 0 && !leaving.get_value();
    let ask = move |to: Option<String>| {
        wanted.set(to);
        if let Some(dialog) = dialog.get_untracked() {
            // Showing a dialog that is already shown changes nothing.
            drop(dialog.show_modal());
        }
    };
    Effect::new(move |_| {
        let closing = window_event_listener(ev::beforeunload, move |event| {
            if dirty() {
                event.prevent_default();
            }
        });
        on_cleanup(move || closing.remove());
        // A second entry of the same page lies on top while there are changes: Back takes it away, and asks.
        let back = window_event_listener(ev::popstate, move |_| {
            if dirty() {
                push_same();
                ask(None);
            }
        });
        on_cleanup(move || back.remove());
    });
    Effect::new(move |pushed: Option<bool>| {
        let pushed = pushed.unwrap_or_default();
        if changes.get() > 0 && !pushed {
            push_same();
            return true;
        }
        pushed
    });
    // The router listens at the window, and leaves alone what was prevented below it.
    Effect::new(move |_| {
        let on_click = Closure::<dyn FnMut(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
            if let (true, Some(to)) = (dirty(), link_of(&event)) {
                event.prevent_default();
                ask(Some(to));
            }
        });
        // A document always takes a listener for a click.
        drop(document().add_event_listener_with_callback("click", on_click.as_ref().unchecked_ref()));
        let on_click = StoredValue::new_local(on_click);
        on_cleanup(move || {
            on_click.with_value(|on_click| {
                drop(document().remove_event_listener_with_callback("click", on_click.as_ref().unchecked_ref()));
            });
        });
    });
    let navigate = use_navigate();
    let leave = move |_| {
        leaving.set_value(true);
        match wanted.get_untracked() {
            Some(to) => navigate(&to, NavigateOptions::default()),
            None => drop(window().history().and_then(|history| history.go_with_delta(-2))),
        }
    };
    let stay = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="card dialog" node_ref=dialog aria-labelledby="leave-h">
            <h2 id="leave-h">
                {move || match changes.get() {
                    1 => "1 change is not saved".to_owned(),
                    n => format!("{n} changes are not saved"),
                }}
            </h2>
            <div class="row">
                <button class="btn primary" type="button" on:click=stay>"Stay"</button>
                <button class="btn" type="button" on:click=leave>"Leave without saving"</button>
            </div>
        </dialog>
    }
}

fn push_same() {
    if let Ok(history) = window().history() {
        let here = window().location().href().ok();
        drop(history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", here.as_deref()));
    }
}

/// The page of this site that a plain press on a link leads to.
fn link_of(event: &web_sys::MouseEvent) -> Option<String> {
    let plain = event.button() == 0 && !event.meta_key() && !event.ctrl_key() && !event.shift_key();
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let link = target.closest("a[href]").ok().flatten().filter(|_| plain && !event.default_prevented())?;
    let elsewhere = link.has_attribute("target") || link.get_attribute("rel").as_deref() == Some("external");
    link.get_attribute("href").filter(|href| !elsewhere && href.starts_with('/'))
}
