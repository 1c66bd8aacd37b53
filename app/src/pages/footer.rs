//! The message footer: plain text and HTML, and a preview of both in a frame that runs nothing.

use leptos::prelude::*;
use model::{FooterDraft, Problem};

use crate::api::FormInit;
use crate::api::footer::load_footer;
use crate::components::field::{Kind, TextField};
use crate::components::form::record::unsaved_words;
use crate::components::leave::AskBeforeLeaving;
use crate::components::load::loaded_page;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

/// The page of the footer.
pub fn page() -> AnyView {
    loaded_page(load_footer, |init| view! { <FooterForm init=init /> }.into_any())
}

#[component]
fn FooterForm(init: FormInit<FooterDraft, FooterDraft>) -> impl IntoView {
    let FormInit { data: saved, restored } = init;
    let (draft, problem) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => (saved.clone(), None),
    };
    let errors = problem.as_ref().and_then(|p| p.field_errors()).cloned().unwrap_or_default();
    let error = |field: &str| Signal::stored(errors.get(field).map(str::to_owned));
    let (text_error, html_error) = (error("text"), error("html"));
    let title = sections::FOOTER.document_title(problem.is_some());
    let version = Problem::version_after(problem.as_ref(), draft.version);
    let typed = RwSignal::new(draft.clone());
    let sending = RwSignal::new(false);
    let changes = Signal::derive(move || {
        let differs = |a: &str, b: &str| usize::from(a != b);
        typed.with(|typed| differs(&typed.text, &saved.text) + differs(&typed.html, &saved.html))
    });
    let unsaved = Signal::derive(move || if sending.get() { 0 } else { changes.get() });
    view! {
        <PageHead title=sections::FOOTER.title document_title=Signal::stored(title)>"Settings · Email"</PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form
            class="form"
            action="/api/save_footer"
            method="post"
            on:submit=move |event| {
                let preview = event.submitter().is_some_and(|button| button.has_attribute("formtarget"));
                if !preview {
                    sending.set(true);
                }
            }
        >
            {problem.map(|problem| view! { <Refusal problem=problem /> })}
            <input type="hidden" name="draft[version]" value=version.to_string() />
            <section class="card stack section" aria-labelledby="footer-h">
                <h2 id="footer-h">"What ends the messages"</h2>
                <p class="help">"Every account that answers Yes to Enable footnote ends its messages with it."</p>
                <TextField
                    name="text"
                    form_name="draft[text]"
                    label="Plain text"
                    help=|| "For mail programs that show plain text. At most 10,000 characters."
                    kind=Kind::Lines(5)
                    value=Signal::derive(move || typed.with(|typed| typed.text.clone()))
                    error=text_error
                    on_input=Callback::new(move |text| typed.update(|typed| typed.text = text))
                />
                <TextField
                    name="html"
                    form_name="draft[html]"
                    label="HTML"
                    help=|| {
                        "For mail programs that show HTML. Left empty, messages are plain text alone. Texts, tables, \
                         links, images (https, cid or data) and inline styles are sent. Scripts, event handlers, \
                         forms, frames, style sheets, redirects and all else are taken out of the messages and the preview."
                    }
                    kind=Kind::Lines(8)
                    value=Signal::derive(move || typed.with(|typed| typed.html.clone()))
                    error=html_error
                    on_input=Callback::new(move |html| typed.update(|typed| typed.html = html))
                />
            </section>
            <aside class="card stack section" aria-labelledby="preview-h">
                <h2 id="preview-h">"Preview"</h2>
                <iframe
                    class="preview"
                    name="preview"
                    title="Preview of the message footer"
                    sandbox=""
                    src=paths::FOOTER_PREVIEW
                ></iframe>
                <div class="row">
                    <button class="btn" formaction=paths::FOOTER_PREVIEW formtarget="preview">"Preview what is typed"</button>
                </div>
                <p class="help">"The frame runs no script and loads nothing from elsewhere."</p>
            </aside>
            <div class="row card save-bar no-print">
                <button class="btn primary" disabled=move || sending.get()>"Save"</button>
                <a class="btn plain" href=paths::REPORT>"Cancel"</a>
                <span class="muted push-end wide-only">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
    }
}
