//! The form itself: its cards of fields, what the server will see, and the bar that saves.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::{AccountDraft, AccountForm, Problem};
use wasm_bindgen::JsCast;

use super::cards::{AccountCard, MessageCard};
use super::server::ServerCard;
use super::sign_in::SignInCard;
use super::stale::Stale;
use super::wire::{Names, Wire};
use crate::api::accounts::{FormFor, SaveAccount, delete_account};
use crate::api::{Fail, FormInit, Notice};
use crate::components::copy::Copy;
use crate::components::draft::Draft;
use crate::components::icon::Icon;
use crate::components::leave::AskBeforeLeaving;
use crate::components::page::{NOT_STARTED, PageHead, Shared, focus};
use crate::components::problem::Refusal;
use crate::pages::footer::unsaved_words;
use crate::pages::test_send::TestOnScreen;
use crate::paths;

#[component]
pub fn Form(form: FormFor, init: FormInit<AccountForm, AccountDraft>, list: String) -> impl IntoView {
    let shared: Shared = expect_context();
    let FormInit { data: account, restored } = init;
    let (credentials, connectors) = (account.credentials.clone(), account.connectors.clone());
    let names = Names::of(&account);
    let coming = account.coming.clone().map(|facts| (facts, account.draft.host.clone()));
    let saved = RwSignal::new(account.draft.clone());
    let version = RwSignal::new(account.version);
    let (answers, refused) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => (account.draft.clone(), None),
    };
    let errors = refused.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let draft = Draft::new(answers, errors);
    let problem = RwSignal::new(refused);
    let refuse = Callback::new(move |refused: Problem| {
        draft.errors.set(refused.field_errors().cloned().unwrap_or_default());
        problem.set(Some(refused));
    });

    let save = ServerAction::<SaveAccount>::new();
    let changes = Memo::new(move |_| saved.with(|saved| draft.answers.with(|mine| mine.differences(saved).len())));
    let done = RwSignal::new(false);
    // The form is kept while something is registered for it.
    let saved_aside = RwSignal::new(false);
    let unsaved = Signal::derive(move || if done.get() || saved_aside.get() { 0 } else { changes.get() });
    let submit = {
        let list = list.clone();
        move |event: leptos::ev::SubmitEvent| {
            if event.submitter().is_some_and(|button| button.has_attribute("formaction")) {
                saved_aside.set(true);
                return turn_on(&event);
            }
            event.prevent_default();
            if save.pending().get_untracked() || done.get_untracked() {
                return;
            }
            let answers = draft.answers.get_untracked();
            if let Err(errors) = answers.parse() {
                return refuse.run(Problem::Fields(errors));
            }
            save.dispatch(SaveAccount { form, version: version.get_untracked(), draft: answers, list: list.clone() });
        }
    };
    let navigate = use_navigate();
    let back = paths::report(&list);
    Effect::new(move |_| match save.value().get() {
        None => {}
        Some(Ok(account)) => {
            done.set(true);
            shared.tell(Notice::says(account.to_string()));
            navigate(&back, NavigateOptions::default());
        }
        Some(Err(Fail(refused))) => refuse.run(refused),
    });

    let title = match form {
        FormFor::New => "New account".to_owned(),
        FormFor::Duplicate(_) => format!("Copy of {}", account.draft.name.trim_end_matches(" (copy)")),
        FormFor::Edit(_) => account.draft.name.clone(),
    };
    let document_title = {
        let title = title.clone();
        Signal::derive(move || match problem.with(Option::is_some) {
            true => format!("Error: {title} · SMTP server settings"),
            false => format!("{title} · SMTP server settings"),
        })
    };
    let shown_problem = move || {
        problem.get().map(|shown| match shown {
            Problem::Conflict(conflict) => view! {
                <Stale conflict=*conflict draft=draft saved=saved version=version problem=problem />
            }
            .into_any(),
            // Only deleting meets a rule between accounts that is not about one answer.
            refused @ Problem::Refused(_) => view! { <Refusal problem=refused heading="Not deleted" /> }.into_any(),
            other => view! { <Refusal problem=other /> }.into_any(),
        })
    };
    let hidden = match form {
        FormFor::New => view! { <input type="hidden" name="form" value="New" /> }.into_any(),
        FormFor::Edit(id) => view! { <input type="hidden" name="form[Edit]" value=id.to_string() /> }.into_any(),
        FormFor::Duplicate(id) => {
            view! { <input type="hidden" name="form[Duplicate]" value=id.to_string() /> }.into_any()
        }
    };
    let actions = {
        let list = list.clone();
        move || match form {
            FormFor::Edit(id) => view! { <HeadActions id=id list=list.clone() problem=problem /> }.into_any(),
            _ => ().into_any(),
        }
    };
    // An account that is there has a number, which support and scripts ask for.
    let number = move || match form {
        FormFor::Edit(id) => {
            let copied = Signal::stored(id.to_string());
            view! { " · ID " {id.0} <Copy text=copied what="the ID" /> }.into_any()
        }
        _ => ().into_any(),
    };
    let eyebrow = paths::report(&list);
    let testing = RwSignal::new(false);
    let open_test = Callback::new(move |()| match test_answers(&draft.answers.get_untracked()).parse() {
        Err(errors) => refuse.run(Problem::Fields(errors)),
        Ok(_) => testing.set(true),
    });
    let test_window = move || {
        testing.get().then(|| {
            let close = Callback::new(move |()| {
                testing.set(false);
                request_animation_frame(|| focus(TEST));
            });
            view! { <TestOnScreen form=form draft=draft close=close refused=refuse /> }
        })
    };
    let saved_test = match form {
        FormFor::Edit(id) => Some(paths::test_account(id, &list)),
        _ => None,
    };
    view! {
        <PageHead title=Signal::stored(title) document_title=document_title actions=actions>
            <a href=eyebrow.clone()>"SMTP configuration"</a>
            " · SMTP server settings"
            {number}
        </PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form class="form" action="/api/save_account" method="post" novalidate on:submit=submit>
            {hidden}
            <input type="hidden" name="version" value=move || version.get().to_string() />
            <input type="hidden" name="list" value=list.clone() />
            {shown_problem}
            // Enter in a field presses the first button.
            <button class="visually-hidden" tabindex="-1" aria-hidden="true">"Save"</button>
            <AccountCard draft=draft account=account />
            <MessageCard draft=draft />
            <ServerCard draft=draft />
            <Wire draft=draft names=names />
            <SignInCard draft=draft credentials=credentials connectors=connectors coming=coming />
            <div class="row card save-bar no-print">
                <button class="btn primary" aria-disabled=move || save.pending().get().then_some("true")>
                    {move || if save.pending().get() { "Saving" } else { "Save" }}
                </button>
                <TestButton saved=saved_test open=open_test />
                <a class="btn plain" href=paths::report(&list)>"Cancel"</a>
                <span class="muted push-end wide-only">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
        {test_window}
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
fn turn_on(event: &leptos::ev::SubmitEvent) {
    let form = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let off = || form.as_ref()?.query_selector(":is(input, select, textarea)[disabled]").ok().flatten();
    while let Some(control) = off() {
        // Each turn takes one away; an attribute that is there can be removed.
        drop(control.remove_attribute("disabled"));
    }
}

/// Duplicate and Delete.
#[component]
fn HeadActions(id: model::AccountId, list: String, problem: RwSignal<Option<Problem>>) -> impl IntoView {
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
