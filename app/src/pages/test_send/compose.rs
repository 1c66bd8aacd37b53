//! What is to be sent, and to whom.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::{FieldErrors, Problem, Stage, StopAfter, TestSendDraft};

use super::stages::Waiting;
use super::window::{Window, to_the_list};
use crate::api::test_sends::{SendTest, Tested};
use crate::api::{Fail, FormInit};
use crate::components::choice::SelectField;
use crate::components::field::{Kind, TextField};
use crate::components::icon::Icon;
use crate::components::page::Shared;
use crate::components::problem::Refusal;
use crate::paths;

/// The message of a test as it is being written.
#[derive(Clone, Copy)]
pub struct ComposeForm {
    pub draft: RwSignal<TestSendDraft>,
    errors: RwSignal<FieldErrors>,
    // The summary belongs to a press on the button; while one types, the words beside the fields are enough.
    pub problem: RwSignal<Option<Problem>>,
}

impl ComposeForm {
    pub fn new(answers: TestSendDraft, refused: Option<Problem>) -> Self {
        let letter = Self {
            draft: RwSignal::new(answers),
            errors: RwSignal::new(FieldErrors::default()),
            problem: RwSignal::new(None),
        };
        if let Some(refused) = refused {
            letter.refuse(refused);
        }
        letter
    }

    pub fn refuse(self, refused: Problem) {
        self.errors.set(refused.field_errors().cloned().unwrap_or_default());
        self.problem.set(Some(refused));
    }

    /// The answers, if all of them are right; else it says what is not.
    pub fn checked(self) -> Option<TestSendDraft> {
        let answers = self.draft.get_untracked();
        match answers.parse() {
            Ok(_) => {
                self.problem.set(None);
                Some(answers)
            }
            Err(errors) => {
                self.refuse(Problem::Fields(errors));
                None
            }
        }
    }

    pub fn is_wrong(self) -> Signal<bool> {
        Signal::derive(move || self.problem.with(Option::is_some))
    }

    fn error(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.errors.with(|errors| errors.get(field).map(str::to_owned)))
    }

    fn wrong_now(self) -> FieldErrors {
        self.draft.with_untracked(TestSendDraft::parse).err().unwrap_or_default()
    }

    fn set(self, field: &'static str, change: fn(&mut TestSendDraft) -> &mut String) -> Callback<String> {
        Callback::new(move |text: String| {
            self.draft.update(|draft| *change(draft) = text);
            let marked = self.errors.with_untracked(|errors| errors.get(field).is_some());
            if marked && self.wrong_now().get(field).is_none() {
                self.errors.update(|errors| errors.0.retain(|error| error.field != field));
            }
        })
    }

    fn left(self) -> Callback<&'static str> {
        Callback::new(move |field: &'static str| {
            let message = self.wrong_now().0.into_iter().find(|error| error.field == field);
            self.errors.update(|errors| {
                errors.0.retain(|error| error.field != field);
                errors.0.extend(message);
            });
        })
    }
}

/// The fields of the message, and beside them the stages that it will pass.
#[component]
pub fn LetterFields(
    letter: ComposeForm,
    way: &'static [Stage],
    /// It is on its way to the server.
    running: Signal<bool>,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let problem = letter.problem;
    // The window covers the toast; what is told after it was opened by a form is told here too.
    let told = move || shared.started.get().then(|| shared.notice.get()).flatten();
    let status = move || {
        told().map(|notice| {
            view! {
                <span class="good tone"><Icon name="circle-check" /></span>
                {notice.text}
            }
        })
    };
    let mut stops = vec![(String::new(), "No: send the message".to_owned())];
    stops.extend(StopAfter::ALL.map(|stage| (stage.key().to_owned(), format!("After {}", stage.label()))));
    let draft = letter.draft;
    view! {
        <div class="stack" role="group" aria-label="Message">
            <p role="status" class="sending-status">
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
                error=letter.error("recipient")
                on_input=letter.set("recipient", |draft| &mut draft.recipient)
                on_leave=letter.left()
            />
            <TextField
                name="subject"
                form_name="draft[subject]"
                label="Subject"
                help=|| ()
                value=Signal::derive(move || draft.with(|draft| draft.subject.clone()))
                error=letter.error("subject")
                on_input=letter.set("subject", |draft| &mut draft.subject)
                on_leave=letter.left()
            />
            <TextField
                name="message"
                form_name="draft[message]"
                label="Message"
                help=|| "The account's addresses, read receipt and footer are added as in any message."
                kind=Kind::Lines(6)
                value=Signal::derive(move || draft.with(|draft| draft.message.clone()))
                error=letter.error("message")
                on_input=letter.set("message", |draft| &mut draft.message)
                on_leave=letter.left()
            />
            <SelectField
                name="stop_after"
                form_name="draft[stop_after]"
                label="Stop on purpose"
                help=|| "After a stage: all before it is checked, and no message is sent."
                options=stops
                value=Signal::derive(move || draft.with(|draft| draft.stop_after.clone()))
                error=letter.error("stop_after")
                on_change=letter.set("stop_after", |draft| &mut draft.stop_after)
            />
        </div>
        <Waiting way=way running=running />
    }
}

/// The button that sends.
#[component]
pub fn SendButton(running: Signal<bool>) -> impl IntoView {
    view! {
        <button class="btn primary" form="compose" aria-disabled=move || running.get().then_some("true")>
            <Icon name="send" />
            {move || if running.get() { "Sending" } else { "Send test" }}
        </button>
    }
}

#[component]
pub fn Compose(init: FormInit<Tested, TestSendDraft>) -> impl IntoView {
    let FormInit { data: tested, restored } = init;
    let letter = match restored {
        Some(restored) => ComposeForm::new(restored.draft, restored.problem),
        None => ComposeForm::new(tested.draft.clone(), None),
    };
    let send = ServerAction::<SendTest>::new();
    let running: Signal<bool> = send.pending().into();
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
            if let Some(draft) = letter.checked() {
                send.dispatch(SendTest { account: id, draft, list: list.clone(), at_once: true });
            }
        }
    };
    let navigate = use_navigate();
    let shared: Shared = expect_context();
    Effect::new(move |_| match send.value().get() {
        None => {}
        Some(Ok(test)) => {
            shared.changes.update(|n| *n += 1);
            shared.testing.set_value(true);
            let to = paths::test_send(id, test, &search.get_untracked());
            // Back leads to the list, not to a form that was sent.
            navigate(&to, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        }
        Some(Err(Fail(refused))) => letter.refuse(refused),
    });
    let about = format!("Saved settings: {} {}", tested.host.with_port(tested.port), tested.security.phrase());
    let back = paths::report(&list);
    view! {
        <Window
            title=Signal::stored(tested.name)
            about=about
            wrong=letter.is_wrong()
            leave=to_the_list()
        >
            <form class="window-body" id="compose" action="/api/send_test" method="post" novalidate on:submit=submit>
                <input type="hidden" name="account" value=id.to_string() />
                <input type="hidden" name="list" value=list />
                <LetterFields letter=letter way=Stage::way(tested.security) running=running />
            </form>
            <footer class="row">
                <SendButton running=running />
                <a class="btn plain" href=back>"Cancel"</a>
            </footer>
        </Window>
    }
}
