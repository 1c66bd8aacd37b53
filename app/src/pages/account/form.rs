//! The form itself: its cards of fields, what the server will see, and the bar that saves.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::{AccountDraft, AccountForm, AccountId, Problem};
use wasm_bindgen::JsCast;

use super::cards::{AccountCard, MessageCard};
use super::server::ServerCard;
use super::sign_in::SignInCard;
use super::wire::{Names, Wire};
use crate::api::accounts::{SaveAccount, delete_account};
use crate::api::{Fail, FormFor, FormInit, Notice};
use crate::components::copy::Copy;
use crate::components::form::record::{RecordForm, RecordHead, RecordPage};
use crate::components::icon::Icon;
use crate::components::page::{NOT_STARTED, Shared, focus};
use crate::components::problem::Refusal;
use crate::pages::test_send::TestOnScreen;
use crate::paths;
use crate::sections;

#[component]
pub fn Form(form: FormFor<AccountId>, init: FormInit<AccountForm, AccountDraft>, list: String) -> impl IntoView {
    let FormInit { data: account, restored } = init;
    let (credentials, connectors) = (account.credentials.clone(), account.connectors.clone());
    let names = Names::of(&account);
    let coming = account.coming.clone().map(|facts| (facts, account.draft.host.clone()));
    let edited = form.edited();
    let head = RecordHead {
        title: form.title("New account", &account.draft.name),
        kind: "SMTP server settings",
        parent: sections::REPORT.title,
        parent_address: paths::report(&list),
    };
    let record = RecordForm::new(account.version, account.draft.clone(), restored);
    let draft = record.draft;
    let save = ServerAction::<SaveAccount>::new();
    // The form is kept while something is registered for it.
    let is_kept = RwSignal::new(false);
    let differing = record.unsaved(|| 0);
    let unsaved = Signal::derive(move || if is_kept.get() { 0 } else { differing.get() });
    let submit = {
        let list = list.clone();
        Callback::new(move |event: SubmitEvent| {
            if event.submitter().is_some_and(|button| button.has_attribute("formaction")) {
                is_kept.set(true);
                return turn_on(&event);
            }
            if let Some(draft) = record.submitted(&event) {
                save.dispatch(SaveAccount { form, version: record.version.get_untracked(), draft, list: list.clone() });
            }
        })
    };
    let back = paths::report(&list);
    record.follow(save, move |account| (Notice::says(account.to_string()), back.clone()));
    let show = Callback::new(move |problem| match problem {
        // Only deleting meets a rule between accounts that is not about one answer.
        refused @ Problem::Refused(_) => view! { <Refusal problem=refused heading="Not deleted" /> }.into_any(),
        other => view! { <Refusal problem=other /> }.into_any(),
    });
    let actions = {
        let list = list.clone();
        move || edited.map(|id| view! { <HeadActions id=id list=list.clone() problem=draft.problem /> })
    };
    // An account that is there has a number, which support and scripts ask for.
    let number = move || {
        edited.map(|id| {
            let copied = Signal::stored(id.to_string());
            view! { " · ID " {id.0} <Copy text=copied what="the ID" /> }
        })
    };
    let testing = RwSignal::new(false);
    let close_test = Callback::new(move |()| {
        testing.set(false);
        request_animation_frame(|| focus(TEST));
    });
    let open_test = Callback::new(move |()| match test_answers(&draft.answers.get_untracked()).parse() {
        Err(errors) => draft.refuse(Problem::Fields(errors)),
        Ok(_) => testing.set(true),
    });
    let saved_test = edited.map(|id| paths::test_account(id, &list));
    view! {
        <RecordPage
            form=record
            head=head
            number=number
            actions=actions
            action="/api/save_account"
            opened_for=form.field()
            unsaved=unsaved
            on_submit=submit
            show=show
            buttons=move || view! { <TestButton saved=saved_test.clone() open=open_test /> }
            cancel=paths::report(&list)
            list=list
        >
            // Enter in a field presses the first button.
            <button class="visually-hidden" tabindex="-1" aria-hidden="true">"Save"</button>
            <AccountCard draft=draft account=account />
            <MessageCard draft=draft />
            <ServerCard draft=draft />
            <Wire draft=draft names=names />
            <SignInCard draft=draft credentials=credentials connectors=connectors coming=coming />
        </RecordPage>
        {move || testing.get().then(|| view! { <TestOnScreen form=form draft=draft close=close_test /> })}
    }
}

/// A new account may be tested before it has a name.
fn test_answers(answers: &AccountDraft) -> AccountDraft {
    let name = if answers.name.trim().is_empty() { "New account".to_owned() } else { answers.name.clone() };
    AccountDraft { name, ..answers.clone() }
}

/// The button that opens the test window.
const TEST: &str = "test-setting";

/// Tests what stands on the screen; without WebAssembly what is saved, where something is.
#[component]
fn TestButton(saved: Option<String>, open: Callback<()>) -> impl IntoView {
    let shared: Shared = expect_context();
    match saved {
        Some(href) => {
            let press = move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                open.run(());
            };
            view! {
                <a class="btn" id=TEST href=href rel="external" on:click=press>
                    <Icon name="send" />
                    "Test setting"
                </a>
            }
            .into_any()
        }
        None => view! {
            <button
                class="btn"
                id=TEST
                type="button"
                disabled=move || !shared.started.get()
                title=move || (!shared.started.get()).then_some(NOT_STARTED)
                on:click=move |_| open.run(())
            >
                <Icon name="send" />
                "Test setting"
            </button>
        }
        .into_any(),
    }
}

/// Turns on what does not apply just now: a control that is off is not sent, and its answer would be lost.
fn turn_on(event: &SubmitEvent) {
    let form = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let off = || form.as_ref()?.query_selector(":is(input, select, textarea)[disabled]").ok().flatten();
    while let Some(control) = off() {
        // Each turn takes one away; an attribute that is there can be removed.
        drop(control.remove_attribute("disabled"));
    }
}

/// Duplicate and Delete.
#[component]
fn HeadActions(id: AccountId, list: String, problem: RwSignal<Option<Problem>>) -> impl IntoView {
    let shared: Shared = expect_context();
    let navigate = use_navigate();
    let delete = {
        let list = list.clone();
        Action::new(move |_: &()| delete_account(id, list.clone()))
    };
    let back = paths::report(&list);
    Effect::new(move |_| match delete.value().get() {
        None => {}
        Some(Ok(notice)) => {
            shared.tell(notice);
            navigate(&back, NavigateOptions::default());
        }
        Some(Err(Fail(refused))) => problem.set(Some(refused)),
    });
    view! {
        <a class="btn" href=paths::account_tests(id, "")><Icon name="send" />"Tests"</a>
        <a class="btn" href=paths::duplicate_account(id, &list)><Icon name="copy-plus" />"Duplicate"</a>
        <form
            action="/api/delete_account"
            method="post"
            on:submit=move |event| {
                event.prevent_default();
                if !delete.pending().get_untracked() {
                    delete.dispatch(());
                }
            }
        >
            <input type="hidden" name="id" value=id.to_string() />
            <input type="hidden" name="list" value=list />
            <button class="btn"><Icon name="trash-2" />"Delete"</button>
        </form>
    }
}
