//! Explains what somebody pasted: a server's reply, a log, a conversation or a bounce. The answer follows the typing;
//! without WebAssembly the form is posted to the page itself. The text is kept nowhere.

mod answer;
mod examples;

use leptos::prelude::*;
use model::{EXPLAIN_OCTETS, ExplainDraft, Explanation, Problem, Stage};

pub use self::examples::example;

use crate::api::explain::{explain_text, load_explain};
use crate::api::{Fail, FormInit};
use crate::components::choice::SelectField;
use crate::components::field::{Kind, TextField};
use crate::components::icon::Icon;
use crate::components::list::latest::{Asking, Latest};
use crate::components::list::typing::DEBOUNCE;
use crate::components::load::loaded_page;
use crate::components::page::{PageHead, Shared, focus};
use crate::paths;
use crate::sections;

/// The form, which the examples beside it are sent with.
const FORM: &str = "explain";
/// The ids of what takes the focus: the field of the text, and the answer.
const TEXT: &str = "text";
const ANSWER: &str = "answer";

/// The page that explains.
pub fn page() -> AnyView {
    loaded_page(load_explain, |init| view! { <Explain init=init /> }.into_any())
}

fn ask(draft: ExplainDraft) -> Asking<Explanation> {
    Box::pin(async move {
        match draft.parse() {
            // It is not sent: the answer is known.
            Err(errors) => Err(Fail(Problem::Fields(errors))),
            Ok(question) if question.text.is_empty() => Ok(Explanation::NothingPasted),
            Ok(_) => explain_text(draft).await,
        }
    })
}

#[component]
fn Explain(init: FormInit<Explanation, ExplainDraft>) -> impl IntoView {
    let FormInit { data, restored } = init;
    let (draft, first) = match restored {
        Some(restored) => (restored.draft, restored.problem.map_or(Ok(data), |problem| Err(Fail(problem)))),
        None => (ExplainDraft::default(), Ok(data)),
    };
    let typed = RwSignal::new(draft.clone());
    let asked = RwSignal::new(draft);
    let latest = Latest::starting_with(first, asked.into(), ask);
    // The answer follows the typing.
    Effect::new(move |_| {
        let now = typed.get();
        if now != asked.get_untracked()
            && let Ok(timer) = set_timeout_with_handle(move || asked.set(now), DEBOUNCE)
        {
            on_cleanup(move || timer.clear());
        }
    });
    let show = Callback::new(move |text: &'static str| {
        typed.set(ExplainDraft { text: text.to_owned(), ..ExplainDraft::default() });
        asked.set(typed.get_untracked());
        // What was pressed may have gone; on a phone the answer is below what is seen.
        focus(if text.is_empty() { TEXT } else { ANSWER });
    });
    view! {
        <PageHead title=sections::EXPLAIN.title>"Settings · Email"</PageHead>
        <div class="explain">
            {form(typed, asked, latest, show)}
            {answer::answer(latest, show)}
        </div>
    }
}

/// What is asked.
fn form(
    typed: RwSignal<ExplainDraft>,
    asked: RwSignal<ExplainDraft>,
    latest: Latest<ExplainDraft, Explanation>,
    show: Callback<&'static str>,
) -> AnyView {
    let shared: Shared = expect_context();
    let error = move |field: &'static str| {
        let message = move || {
            latest.with(|answer| match answer? {
                Err(Fail(problem)) => Some(problem.field_errors()?.get(field)?.to_owned()),
                Ok(_) => None,
            })
        };
        Signal::derive(message)
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        asked.set(typed.get_untracked());
        focus(if typed.with_untracked(|draft| draft.text.is_empty()) { TEXT } else { ANSWER });
    };
    let clear = move |event: leptos::ev::MouseEvent| {
        if shared.started.get_untracked() {
            event.prevent_default();
            show.run("");
        }
    };
    // What is known besides, where something is.
    let open = typed.with_untracked(|draft| !draft.host.is_empty() || !draft.stage.is_empty());
    let stages = ExplainDraft::STAGES.map(|stage: Stage| (stage.key().to_owned(), stage.label().to_owned()));
    let stages = [(String::new(), "As the text says".to_owned())].into_iter().chain(stages).collect();
    view! {
        <form class="card stack section" id=FORM action=paths::EXPLAIN method="post" novalidate on:submit=submit>
            <TextField
                name=TEXT
                form_name=TEXT
                label="What the server or the program said"
                help=|| {
                    "A reply, a log, a conversation or a bounce, up to 256 kB. It is read and forgotten: nothing of it \
                     is kept in the database, a log or an address."
                }
                kind=Kind::Lines(12)
                max_length=EXPLAIN_OCTETS + 1
                class="mono-input"
                value=Signal::derive(move || typed.with(|typed| typed.text.clone()))
                error=error(TEXT)
                on_input=Callback::new(move |text| typed.update(|typed| typed.text = text))
            />
            <details class="more-known" open=open>
                <summary class="row label">"What the text does not say" <Icon name="chevron-down" /></summary>
                <div class="row align-start">
                    <TextField
                        name="host"
                        form_name="host"
                        label="Mail server"
                        help=|| "Such as smtp.example.com. Its provider has rules of its own."
                        class="grow"
                        value=Signal::derive(move || typed.with(|typed| typed.host.clone()))
                        error=error("host")
                        on_input=Callback::new(move |host| typed.update(|typed| typed.host = host))
                    />
                    <SelectField
                        name="stage"
                        form_name="stage"
                        label="Said at"
                        help=|| "The same reply means one thing at AUTH and another at RCPT."
                        options=stages
                        class="grow"
                        value=Signal::derive(move || typed.with(|typed| typed.stage.clone()))
                        error=error("stage")
                        on_change=Callback::new(move |stage| typed.update(|typed| typed.stage = stage))
                    />
                </div>
            </details>
            <div class="row">
                <button class="btn primary">"Explain"</button>
                <a class="btn plain" href=paths::EXPLAIN rel="external" on:click=clear>"Clear"</a>
            </div>
        </form>
    }
    .into_any()
}
