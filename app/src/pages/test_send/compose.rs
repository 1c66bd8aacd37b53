//! What is to be sent, and to whom.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::{Stage, StopAfter, TestSendDraft};

use super::stages::Waiting;
use super::window::{Window, to_the_list};
use crate::api::test_sends::{SendTest, Tested};
use crate::api::{Fail, FormInit};
use crate::components::choice::SelectField;
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Text, field};
use crate::components::icon::Icon;
use crate::components::page::Shared;
use crate::components::problem::Refusal;
use crate::paths;

/// The fields of the message, and beside them the stages that it will pass.
#[component]
pub fn MessageFields(
    message: Draft<TestSendDraft>,
    way: &'static [Stage],
    /// It is on its way to the server.
    running: Signal<bool>,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let problem = message.problem;
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
    view! {
        <div class="stack" role="group" aria-label="Message">
            <p role="status" class="sending-status">
                {status}
            </p>
            {move || problem.get().map(|problem| view! { <Refusal problem=problem heading="Not sent" /> })}
            <Text
                draft=message
                field=field!(recipient)
                label="Send to"
                help=|| "A real message goes to this address."
                kind=Kind::Email
            />
            <Text draft=message field=field!(subject) label="Subject" help=|| () />
            <Text
                draft=message
                field=field!(message)
                label="Message"
                help=|| "The account's addresses, read receipt and footer are added as in any message."
                kind=Kind::Lines(6)
            />
            <SelectField
                name="stop_after"
                form_name="draft[stop_after]"
                label="Stop on purpose"
                help=|| "After a stage: all before it is checked, and no message is sent."
                options=stops
                value=message.answer(field!(stop_after))
                error=message.error("stop_after")
                on_change=Callback::new(move |stage| message.set(field!(stop_after), stage))
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
    let message = Draft::new(tested.draft.clone(), restored);
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
            if let Some(draft) = message.checked() {
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
        Some(Err(Fail(refused))) => message.refuse(refused),
    });
    let about = format!("Saved settings: {} {}", tested.host.with_port(tested.port), tested.security.phrase());
    let back = paths::report(&list);
    view! {
        <Window
            title=Signal::stored(tested.name)
            about=about
            wrong=message.is_refused()
            leave=to_the_list()
        >
            <form class="window-body" id="compose" action="/api/send_test" method="post" novalidate on:submit=submit>
                <input type="hidden" name="account" value=id.to_string() />
                <input type="hidden" name="list" value=list />
                <MessageFields message=message way=Stage::way(tested.security) running=running />
            </form>
            <footer class="row">
                <SendButton running=running />
                <a class="btn plain" href=back>"Cancel"</a>
            </footer>
        </Window>
    }
}
