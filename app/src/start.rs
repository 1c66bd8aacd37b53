//! From the first paint until the page has started: meanwhile the browser alone leads from page to page, as it does
//! where there is no WebAssembly.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event};

/// Where the browser keeps for which addresses a document was loaded again.
const KEPT: &str = "posthouse-loaded-again";

/// Loads the document again if it was made for another address than the one that is shown: Back between the steps of a
/// list changes the address and loads nothing. It would not fit what is to take it over. Where that has not helped it
/// is left as it is.
pub fn reload_stale_document() -> bool {
    let location = window().location();
    let shown = location.pathname().and_then(|path| Ok(path + &location.search()?));
    let served = html().and_then(|html| html.get_attribute("data-at"));
    let (Some(served), Ok(shown), Ok(Some(storage))) = (served, shown, window().session_storage()) else {
        return false;
    };
    let both = format!("{served} {shown}");
    if served == shown {
        // A browser that keeps nothing has nothing to take out.
        drop(storage.remove_item(KEPT));
    } else if storage.get_item(KEPT).ok().flatten().as_ref() != Some(&both) && storage.set_item(KEPT, &both).is_ok() {
        return location.reload().is_ok();
    }
    false
}

/// Keeps the router from following links and Back before the page has started: it would change what is still being
/// taken over.
pub fn defer_router_until_hydrated() {
    until_started("click", |event| event.stop_propagation());
    until_started("popstate", |event| {
        event.stop_immediate_propagation();
        // Only a document that is no longer shown refuses.
        drop(window().location().reload());
    });
}

/// Before anybody else that listens at the window, which is where the router does.
fn until_started(event: &str, hold: impl Fn(Event) + 'static) {
    let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        if html().is_some_and(|html| !html.has_attribute("data-hydrated")) {
            hold(event);
        }
    });
    // A window always takes a listener; this one stays as long as the document.
    drop(window().add_event_listener_with_callback_and_bool(event, listener.as_ref().unchecked_ref(), true));
    listener.forget();
}

fn html() -> Option<Element> {
    document().document_element()
}
