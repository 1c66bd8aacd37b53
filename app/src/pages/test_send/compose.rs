//! What is to be sent, and to whom; while it is being sent the window says so.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::{FieldErrors, Problem, Stage, StopAfter, TestSendDraft};

use super::Window;
use super::stages::Waiting;
use crate::api::test_sends::{SendTest, Tested};
use crate::api::{Begun, Fail};
use crate::components::choice::SelectField;
use crate::components::field::{Kind, TextField};
use crate::components::icon::Icon;
use crate::components::page::Shared;
use crate::components::problem::Refusal;
use crate::paths;

#[component]
pub fn Compose(begun: Begun<Tested, TestSendDraft>) -> impl IntoView {
    let shared: Shared = expect_context();
    let Begun { data: tested, kept } = begun;
    let (answers, refused) = match kept {
        Some(kept) => (kept.draft, kept.problem),
        None => (tested.draft.clone(), None),
    };
    let draft = RwSignal::new(answers);
    // The summary belongs to a press on the button; while one types, the words beside the fields are enough.
    let errors = RwSignal::new(FieldErrors::default());
    let problem = RwSignal::new(None::<Problem>);
    let refuse = move |refused: Problem| {
        errors.set(refused.field_errors().cloned().unwrap_or_default());
        problem.set(Some(refused));
    };
    if let Some(refused) = refused {
        refuse(refused);
    }
    let error = move |field: &'static str| Signal::derive(move || errors.with(|e| e.get(field).map(str::to_owned)));
    let send = ServerAction::<SendTest>::new();
    let running = move || send.pending().get();
    let search = use_location().search;
    let list = search.get_untracked().trim_start_matches('?').to_owned();
    let id = tested.id;
    let submit = {
        let list = list.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if send.pending().get_untracked() {
                return;
            }
            let answers = draft.get_untracked();
            match answers.parse() {
                Err(errors) => refuse(Problem::Fields(errors)),
                Ok(_) => {
                    problem.set(None);
                    send.dispatch(SendTest { account: id, draft: answers, list: list.clone() });
                }
            }
        }
    };
    let navigate = use_navigate();
    Effect::new(move |_| match send.value().get() {
        None => {}
        Some(Ok(test)) => {
            shared.changes.update(|n| *n += 1);
            let to = paths::test_send(id, test, &search.get_untracked());
            // Back leads to the list, not to a form that was sent.
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
        Some(Err(Fail(refused))) => refuse(refused),
    });
    let wrong_now = move || draft.with_untracked(TestSendDraft::parse).err().unwrap_or_default();
    let set = move |field: &'static str, change: fn(&mut TestSendDraft) -> &mut String| {
        Callback::new(move |text: String| {
            draft.update(|draft| *change(draft) = text);
            if errors.with_untracked(|errors| errors.get(field).is_some()) && wrong_now().get(field).is_none() {
                errors.update(|errors| errors.0.retain(|error| error.field != field));
            }
        })
    };
    let left = Callback::new(move |field: &'static str| {
        let message = wrong_now().0.into_iter().find(|error| error.field == field);
        errors.update(|errors| {
            errors.0.retain(|error| error.field != field);
            errors.0.extend(message);
        });
    });
    // The window covers the toast; what is told after it was opened by a form is told here too.
    let told = move || shared.started.get().then(|| shared.notice.get()).flatten();
    let status = move || match (running(), told()) {
        (true, _) => view! {
            <span class="run tone"><Icon name="loader-circle" /></span>
            "Sending. The server has 10 s for each stage."
        }
        .into_any(),
        (false, Some(notice)) => view! {
            <span class="good tone"><Icon name="circle-check" /></span>
            {notice.text}
        }
        .into_any(),
        (false, None) => ().into_any(),
    };
    let about = format!("Saved settings: {} {}", tested.host.with_port(tested.port), tested.security.phrase());
    let way = Stage::way(tested.security);
    let back = paths::report(&list);
    let wrong = Signal::derive(move || problem.with(Option::is_some));
    let mut stops = vec![(String::new(), "No: send the message".to_owned())];
    stops.extend(StopAfter::ALL.map(|stage| (stage.key().to_owned(), format!("After {}", stage.label()))));
    view! {
        <Window title=Signal::stored(tested.name) about=about wrong=wrong>
            <form
                class="mid"
                id="compose"
                action="/api/send_test"
                method="post"
                novalidate
                on:submit=submit
            >
                <input type="hidden" name="account" value=id.to_string() />
                <input type="hidden" name="list" value=list />
                <div class="stack found" role="group" aria-label="Message">
                    <p role="status" class="sending">
                        {status}
                    </p>
                    {move || problem.get().map(|problem| view! { <Refusal problem=problem heading="Not sent" /> })}
                    <TextField
                        name="recipient"
                        form_name="draft[recipient]"
                        label="Send to"
                        help=|| "A real message goes to this address."
                        kind=Kind::Email
                        value=Signal::derive(move || draft.with(|draft| draft.recipient.clone()))
                        error=error("recipient")
                        on_input=set("recipient", |draft| &mut draft.recipient)
                        on_leave=left
                    />
                    <TextField
                        name="subject"
                        form_name="draft[subject]"
                        label="Subject"
                        help=|| ()
                        value=Signal::derive(move || draft.with(|draft| draft.subject.clone()))
                        error=error("subject")
                        on_input=set("subject", |draft| &mut draft.subject)
                        on_leave=left
                    />
                    <TextField
                        name="message"
                        form_name="draft[message]"
                        label="Message"
                        help=|| "The account's addresses, read receipt and footer are added as in any message."
                        kind=Kind::Lines(6)
                        value=Signal::derive(move || draft.with(|draft| draft.message.clone()))
                        error=error("message")
                        on_input=set("message", |draft| &mut draft.message)
                        on_leave=left
                    />
                    <SelectField
                        name="stop_after"
                        form_name="draft[stop_after]"
                        label="Stop on purpose"
                        help=|| "After a stage: all before it is checked, and no message is sent."
                        options=stops
                        value=Signal::derive(move || draft.with(|draft| draft.stop_after.clone()))
                        error=error("stop_after")
                        on_change=set("stop_after", |draft| &mut draft.stop_after)
                    />
                </div>
                <Waiting way=way running=Signal::derive(running) />
            </form>
            <footer class="row">
                <button class="btn primary" form="compose" aria-disabled=move || running().then_some("true")>
                    <Icon name="send" />
                    {move || if running() { "Sending" } else { "Send test" }}
                </button>
                <a class="btn plain" href=back>"Cancel"</a>
            </footer>
        </Window>
    }
}
