//! The window over an account's form: it tests what stands on the screen, saved or not.

use leptos::prelude::*;
use model::{AccountDraft, AccountId, FieldErrors, Stage, TestSendDraft, TestSendId};

use super::about;
use super::compose::{MessageFields, SendButton};
use super::live::RunningIn;
use super::result::{Ended, Offers, Outcome, support};
use super::window::{Leave, Window};
use crate::api::test_sends::{find_test_send, test_typed};
use crate::api::{Fail, FormFor};
use crate::components::form::draft::Draft;
use crate::components::icon::Icon;
use crate::components::load::resource;
use crate::components::page::Shared;
use crate::components::problem::NotLoaded;

#[component]
pub fn TestOnScreen(form: FormFor<AccountId>, draft: Draft<AccountDraft>, close: Callback<()>) -> impl IntoView {
    let shared: Shared = expect_context();
    let own = shared.email.get_value().unwrap_or_default();
    let message = Draft::new(TestSendDraft::prefilled(&own), None);
    let sent = RwSignal::new(None::<TestSendId>);
    let send =
        Action::new(move |message: &TestSendDraft| test_typed(form, draft.answers.get_untracked(), message.clone()));
    Effect::new(move |_| match send.value().get() {
        None => {}
        Some(Ok(id)) => sent.set(Some(id)),
        Some(Err(Fail(problem))) => {
            let of_the_form = |errors: &FieldErrors| errors.0.iter().any(|error| is_of_the_form(&error.field));
            if problem.field_errors().is_some_and(of_the_form) {
                close.run(());
                draft.refuse(problem);
            } else {
                message.refuse(problem);
                sent.set(None);
            }
        }
    });
    let again = Callback::new(move |()| sent.set(None));
    // The same message once more, with what was changed in the form.
    let retry = Callback::new(move |()| match message.checked() {
        Some(answers) => _ = send.dispatch(answers),
        None => sent.set(None),
    });
    let leave = Leave { href: None, close };
    move || match sent.get() {
        None => view! { <ComposeOnScreen draft=draft message=message send=send leave=leave.clone() /> }.into_any(),
        Some(id) => view! { <SentOnScreen id=id draft=draft leave=leave.clone() again=again retry=retry /> }.into_any(),
    }
}

type Send = Action<TestSendDraft, Result<TestSendId, Fail>>;

#[component]
fn ComposeOnScreen(
    draft: Draft<AccountDraft>,
    message: Draft<TestSendDraft>,
    send: Send,
    leave: Leave,
) -> impl IntoView {
    let answers = draft.answers.get_untracked();
    let security = answers.security();
    let name = if answers.name.trim().is_empty() { "New account".to_owned() } else { answers.name.clone() };
    let about = format!("Settings on the screen: {} {}", answers.host.trim(), security.phrase());
    let running: Signal<bool> = send.pending().into();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if send.pending().get_untracked() {
            return;
        }
        if let Some(answers) = message.checked() {
            send.dispatch(answers);
        }
    };
    let close = leave.close;
    view! {
        <Window title=Signal::stored(name) about=about wrong=message.is_refused() leave=leave>
            <form class="window-body" id="compose" novalidate on:submit=submit>
                <MessageFields message=message way=Stage::way(security) running=running />
            </form>
            <footer class="row">
                <SendButton running=running />
                <button class="btn plain" type="button" on:click=move |_| close.run(())>"Cancel"</button>
            </footer>
        </Window>
    }
}

fn is_of_the_form(field: &str) -> bool {
    AccountDraft::FIELDS.contains(&field)
}

#[component]
fn SentOnScreen(
    id: TestSendId,
    draft: Draft<AccountDraft>,
    leave: Leave,
    again: Callback<()>,
    retry: Callback<()>,
) -> impl IntoView {
    let found = resource(|| (), move |()| find_test_send(id));
    let refetch = Callback::new(move |()| found.refetch());
    let content = move || {
        let leave = leave.clone();
        let close = leave.close;
        Some(match found.get()? {
            Err(Fail(problem)) => view! {
                <Window title="Test send" about="" leave=leave>
                    <NotLoaded problem=problem retry=refetch />
                </Window>
            }
            .into_any(),
            Ok(init) => match Ended::of(init.data.clone()) {
                None => view! { <RunningIn shown=init.data ended=refetch leave=leave /> }.into_any(),
                Some(ended) => {
                    let (title, about) = (ended.test.account_name.clone(), about(&ended.test));
                    let text = support(&ended);
                    let offers = Offers::Form { draft, again: retry };
                    view! {
                        <Window title=Signal::stored(title) about=about leave=leave>
                            <div class="window-body">
                                <Outcome ended=ended offers=offers refused=None />
                            </div>
                            <footer class="row">
                                <button class="btn" type="button" on:click=move |_| again.run(())>
                                    <Icon name="rotate-cw" />
                                    "Test again"
                                </button>
                                <button class="btn" type="button" on:click=move |_| close.run(())>"Back to the form"</button>
                                {text}
                            </footer>
                        </Window>
                    }
                    .into_any()
                }
            },
        })
    };
    view! { <Transition>{content}</Transition> }
}
