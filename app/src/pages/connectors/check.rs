//! What a proxy answers when it is asked to reach a host and port. Nothing is sent there.

use leptos::prelude::*;
use model::{CheckDraft, ConnectorCheck, ConnectorForm, ConnectorId, Diagnosis, Problem, YesNo};

use crate::api::connectors::{CheckConnector, Checked};
use crate::api::{Fail, FormInit};
use crate::components::copy::Copy;
use crate::components::field::{Kind, TextField};
use crate::components::icon::Icon;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::pages::test_send::talk::{Talk, as_text, seconds};
use crate::paths;
use crate::sections;

#[component]
pub fn Check(id: ConnectorId, init: FormInit<ConnectorForm, Checked>, list: String) -> impl IntoView {
    let FormInit { data: ConnectorForm { draft: connector, .. }, restored } = init;
    let (asked, found, refused) = match restored {
        Some(restored) => (restored.draft.asked, restored.draft.found, restored.problem),
        None => (CheckDraft::default(), None, None),
    };
    let draft = RwSignal::new(asked);
    let found = RwSignal::new(found);
    let problem = RwSignal::new(refused);
    let check = ServerAction::<CheckConnector>::new();
    let running = move || check.pending().get();
    let submit = {
        let list = list.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if check.pending().get_untracked() {
                return;
            }
            let answers = draft.get_untracked();
            found.set(None);
            match answers.parse() {
                Err(errors) => problem.set(Some(Problem::Fields(errors))),
                Ok(_) => {
                    problem.set(None);
                    check.dispatch(CheckConnector { id, draft: answers, list: list.clone() });
                }
            }
        }
    };
    Effect::new(move |_| match check.value().get() {
        None => {}
        Some(Ok(answer)) => found.set(Some(answer)),
        Some(Err(Fail(refused))) => problem.set(Some(refused)),
    });
    let name = connector.name;
    let document_title = format!("Check {name}");
    let edit = paths::edit_connector(id, &list);
    let all = paths::connectors(&list);
    view! {
        <PageHead title=Signal::stored(name) document_title=Signal::stored(document_title)>
            <a href=all.clone()>{sections::CONNECTORS.title}</a>
            " · Check"
        </PageHead>
        <div class="form">
            <form class="stack" action="/api/check_connector" method="post" novalidate on:submit=submit>
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="list" value=list />
                {move || problem.get().map(|problem| view! { <Refusal problem=problem heading="Not checked" /> })}
                <section class="card stack section" aria-labelledby="check-h">
                    <h2 id="check-h">"What to reach through the proxy"</h2>
                    <p class="help">"The proxy is asked for a connection, which is then closed. Nothing is sent."</p>
                    <Reached draft=draft problem=problem resolves_names=connector.resolves_names />
                    <div class="row">
                        <button class="btn primary" aria-disabled=move || running().then_some("true")>
                            <Icon name="waypoints" />
                            {move || if running() { "Checking" } else { "Check" }}
                        </button>
                        <a class="btn" href=edit>"Edit connector"</a>
                        <p role="status" class="sending-status">
                            {move || {
                                running()
                                    .then(|| view! { <span class="running tone"><Icon name="loader-circle" /></span> "Asking the proxy." })
                            }}
                        </p>
                    </div>
                </section>
            </form>
            {move || found.get().map(answer)}
        </div>
    }
}

/// The host and the port that the proxy is asked for.
#[component]
fn Reached(draft: RwSignal<CheckDraft>, problem: RwSignal<Option<Problem>>, resolves_names: YesNo) -> impl IntoView {
    let error = move |field: &'static str| {
        Signal::derive(move || problem.with(|problem| Some(problem.as_ref()?.field_errors()?.get(field)?.to_owned())))
    };
    let resolved_by = move || match resolves_names {
        YesNo::Yes => "Such as a mail server. The proxy looks its name up.",
        YesNo::No => "Such as a mail server. Posthouse looks its name up, and gives the proxy an address.",
    };
    view! {
        <div class="row align-start">
            <TextField
                name="host"
                form_name="draft[host]"
                label="Host to reach"
                help=resolved_by
                class="grow"
                value=Signal::derive(move || draft.with(|draft| draft.host.clone()))
                error=error("host")
                on_input=Callback::new(move |host| draft.update(|draft| draft.host = host))
            />
            <TextField
                name="port"
                form_name="draft[port]"
                label="Port"
                help=|| "Such as 587."
                kind=Kind::Numeric
                class="short-field"
                value=Signal::derive(move || draft.with(|draft| draft.port.clone()))
                error=error("port")
                on_input=Callback::new(move |port| draft.update(|draft| draft.port = port))
            />
        </div>
    }
}

/// What the proxy answered, and the conversation with it.
fn answer(check: ConnectorCheck) -> AnyView {
    let ConnectorCheck { connector: _, name, reached, words, diagnosis, transcript, took } = check;
    let copied = as_text(&transcript);
    let came_back = (!words.is_empty()).then(|| {
        let copied = Signal::stored(words.clone());
        view! {
            <div class="row evidence-line mono">
                <span class="grow">{words}</span>
                <Copy text=copied what="what came back" />
            </div>
        }
    });
    let note = match diagnosis {
        None => view! {
            <div class="row align-start note tinted good" role="status">
                <span class="tone"><Icon name="circle-check" /></span>
                <div class="stack grow">
                    <h2>{format!("{name} reaches {reached}")}</h2>
                    {came_back}
                </div>
            </div>
        }
        .into_any(),
        Some(Diagnosis { cause, explanation, found_by, fixes, .. }) => {
            let steps = fixes.into_iter().map(|fix| view! { <li>{fix.text}</li> }).collect_view();
            view! {
                <div class="row align-start note tinted bad" role="alert">
                    <span class="tone"><Icon name="circle-x" /></span>
                    <div class="stack grow">
                        <h2>{format!("{reached} is not reached: {cause}")}</h2>
                        <p>{explanation}</p>
                        {came_back}
                        <dl class="row facts">
                            <div>
                                <dt class="subtext">"Found by"</dt>
                                <dd><b>{found_by.label()}</b></dd>
                            </div>
                        </dl>
                        <ol class="steps">{steps}</ol>
                    </div>
                </div>
            }
            .into_any()
        }
    };
    let talk = (!transcript.is_empty()).then(|| {
        view! {
            <div class="row">
                <h2>"Conversation"</h2>
                <span class="muted">{format!("{} s", seconds(took))}</span>
                <span class="push-end"><Copy text=Signal::stored(copied) what="the conversation" /></span>
            </div>
            <Talk lines=transcript />
        }
    });
    view! { <section class="stack" aria-label="What was found">{note} {talk}</section> }.into_any()
}
