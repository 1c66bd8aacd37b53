//! What every page begins with: its title, its heading, and the state of the whole program that pages share.

use leptos::html::H1;
use leptos::prelude::*;
use leptos_meta::Title;
use model::ViewTab;
use wasm_bindgen::JsCast;

use super::shortcuts::Opened;
use crate::api::Notice;

/// What pages share in the browser.
#[derive(Clone, Copy)]
pub struct Shared {
    /// WebAssembly runs: what needs it can be used.
    pub started: RwSignal<bool>,
    /// What was done last.
    pub notice: RwSignal<Option<Notice>>,
    /// Counts the changes that lists do not know of yet.
    pub changes: RwSignal<u32>,
    /// A test was begun whose end the report may not know of.
    pub testing: StoredValue<bool>,
    /// The session has ended: the dialog that renews it is open.
    pub signed_out: RwSignal<bool>,
    /// The server cannot be reached.
    pub offline: RwSignal<bool>,
    /// Who is signed in.
    pub email: StoredValue<Option<String>>,
    /// What was done last is told on the page that comes next.
    pub arriving: StoredValue<bool>,
    /// What the keyboard opened over the page.
    pub opened: RwSignal<Option<Opened>>,
}

impl Shared {
    pub fn new() -> Self {
        Self {
            started: RwSignal::new(false),
            notice: RwSignal::new(None),
            changes: RwSignal::new(0),
            testing: StoredValue::new(false),
            signed_out: RwSignal::new(false),
            offline: RwSignal::new(false),
            email: StoredValue::new(None),
            arriving: StoredValue::new(false),
            opened: RwSignal::new(None),
        }
    }

    /// Says what was done, on the page that is gone to next, and has the report read again.
    pub fn tell(self, notice: Notice) {
        self.arriving.set_value(true);
        self.notice.set(Some(notice));
        self.changes.update(|n| *n += 1);
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}

/// The views of the report that the reader may open.
#[derive(Clone)]
pub struct Views(pub Vec<ViewTab>);

/// The words for a control that waits for WebAssembly.
pub const NOT_STARTED: &str = "Available once the page has started";

/// The heading of a page, with its title and what can be done. After a change of page it takes the focus.
#[component]
pub fn PageHead(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// The page's title, where it says more than the heading.
    #[prop(optional, into)]
    document_title: Option<Signal<String>>,
    /// Above the heading: the kind of thing, or the way back.
    children: ChildrenFn,
    /// Buttons at the end.
    #[prop(optional, into)]
    actions: ViewFn,
) -> impl IntoView {
    let heading = NodeRef::<H1>::new();
    let shared: Shared = expect_context();
    // The first page is already where the reader is; from then on the heading says where one came to.
    let first = !shared.started.get_untracked();
    Effect::new(move |_| {
        if let (false, Some(heading)) = (first, heading.get()) {
            // A heading that has left the page meanwhile needs no focus.
            drop(heading.focus());
        }
    });
    let text = document_title.unwrap_or(title);
    view! {
        <Title text=title_text(move || text.try_get()) />
        <div class="row page-head">
            <h1 node_ref=heading tabindex="-1">
                <small>{children()}</small>
                {move || title.get()}
            </h1>
            <div class="row push-end no-print">{actions.run()}</div>
        </div>
    }
}

/// The text of a document's title, which is asked for once more when its signals have gone.
///
/// The server writes the title last, outside of the request that the signals belong to: there the same identifiers may
/// stand for those of another request, and are not to be read.
pub fn title_text(text: impl Fn() -> Option<String> + Send + Sync + 'static) -> impl Fn() -> String + Send + Sync {
    let at_first = untrack(&text).unwrap_or_default();
    move || if cfg!(feature = "ssr") { at_first.clone() } else { text().unwrap_or_else(|| at_first.clone()) }
}

/// Marks the document as running, once the page itself has been hydrated.
pub fn mark_started(shared: Shared) {
    Effect::new(move |_| {
        shared.started.set(true);
        if let Some(html) = document().document_element() {
            // Only a document without a root would refuse; tests and styles alone read it.
            drop(html.set_attribute("data-hydrated", ""));
        }
    });
}

/// Gives the focus to an element: to the chosen answer, where it is a question's.
pub fn focus(id: &str) {
    let Some(mut found) = document().get_element_by_id(id) else {
        return;
    };
    if let (Some("radio"), Some(name)) = (found.get_attribute("type").as_deref(), found.get_attribute("name")) {
        let chosen = document().query_selector(&format!("input[name='{name}']:checked"));
        found = chosen.ok().flatten().unwrap_or(found);
    }
    if let Ok(found) = found.dyn_into::<web_sys::HtmlElement>() {
        // Only an element that cannot be shown refuses.
        drop(found.focus());
    }
}
