//! The keyboard's short ways: the palette, the list of shortcuts, and single keys, which can be switched off
//! (WCAG 2.2, 2.1.4). A single key stands at what it does, as `aria-keyshortcuts`.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::page::Shared;

/// What the keyboard opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    Palette,
    Shortcuts,
}

/// Where the browser keeps that single keys are switched off.
const KEPT: &str = "posthouse-single-keys";

/// Listens from now on.
pub fn listen(shared: Shared) {
    Effect::new(move |_| {
        // It listens as long as the document lives.
        let _handle = window_event_listener(ev::keydown, move |event| pressed(&event, shared));
    });
}

fn pressed(event: &KeyboardEvent, shared: Shared) {
    let signed_in = shared.email.with_value(Option::is_some);
    if !signed_in || event.default_prevented() || event.is_composing() || found("dialog.dialog[open]").is_some() {
        return;
    }
    let (key, command) = (event.key(), event.ctrl_key() || event.meta_key());
    if command || event.alt_key() {
        if command && !event.alt_key() && !event.shift_key() && key.eq_ignore_ascii_case("k") {
            event.prevent_default();
            shared.opened.set(Some(Opened::Palette));
        }
        return;
    }
    // Whoever types means letters.
    if found("input:focus:not([type='radio'], [type='checkbox']), textarea:focus, select:focus").is_some()
        || found("dialog:modal").is_some()
        || !single_keys()
    {
        return;
    }
    match key.as_str() {
        "?" => shared.opened.set(Some(Opened::Shortcuts)),
        "/" | "n" => {
            let Some(element) = found(&format!("[aria-keyshortcuts='{key}']")) else { return };
            event.prevent_default();
            // Only an element that cannot be shown refuses the focus.
            drop(element.focus());
            if key == "n" {
                element.click();
            }
        }
        _ => {}
    }
}

fn found(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

/// Whether single keys do something.
pub fn single_keys() -> bool {
    storage().and_then(|storage| storage.get_item(KEPT).ok()?).as_deref() != Some("off")
}

/// Switches them on or off, in this browser.
pub fn set_single_keys(on: bool) {
    if let Some(storage) = storage() {
        // A browser that keeps nothing has them on at the next start.
        drop(storage.set_item(KEPT, if on { "on" } else { "off" }));
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
