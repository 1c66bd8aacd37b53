//! What the browser runs: the pages that the server sent come alive.

/// Called by the page's own script.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if !app::start::reload_stale_document() {
        app::start::defer_router_until_hydrated();
        leptos::mount::hydrate_lazy(app::App);
    }
}
