//! The form itself: three cards of fields, what the server will see, and the bar that saves.

use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::account::NAME_CHARACTERS;
use model::{AccountDraft, AccountForm, Problem, Security, TlsType};

use super::fields::{Draft, Question, Text, place};
use super::stale::Stale;
use super::wire::Wire;
use crate::api::accounts::{FormFor, SaveAccount, delete_account};
use crate::api::{Begun, Fail, Notice};
use crate::components::copy::Copy;
use crate::components::field::{Kind, bind};
use crate::components::icon::Icon;
use crate::components::leave::AskBeforeLeaving;
use crate::components::page::{NOT_STARTED, PageHead, Shared};
use crate::components::problem::Refusal;
use crate::pages::footer::unsaved_words;
use crate::paths;

#[component]
pub fn Form(form: FormFor, begun: Begun<AccountForm, AccountDraft>, list: String) -> impl IntoView {
    let shared: Shared = expect_context();
    let Begun { data: account, kept } = begun;
    let saved = RwSignal::new(account.draft.clone());
    let version = RwSignal::new(account.version);
    let (answers, refused) = match kept {
        Some(kept) => (kept.draft, Some(kept.problem)),
        None => (account.draft.clone(), None),
    };
    let errors = refused.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let draft = Draft { answers: RwSignal::new(answers), errors: RwSignal::new(errors) };
    let problem = RwSignal::new(refused);

    let save = ServerAction::<SaveAccount>::new();
    let changes = Memo::new(move |_| saved.with(|saved| draft.answers.with(|mine| mine.differences(saved).len())));
    let done = RwSignal::new(false);
    let unsaved = Signal::derive(move || if done.get() { 0 } else { changes.get() });
    let submit = {
        let list = list.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if save.pending().get_untracked() || done.get_untracked() {
                return;
            }
            let answers = draft.answers.get_untracked();
            if let Err(errors) = answers.parse() {
                draft.errors.set(errors.clone());
                problem.set(Some(Problem::Fields(errors)));
                return;
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
        Some(Err(Fail(refused))) => {
            draft.errors.set(refused.field_errors().cloned().unwrap_or_default());
            problem.set(Some(refused));
        }
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
    let test = match form {
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
        <form class="form account" action="/api/save_account" method="post" novalidate on:submit=submit>
            {hidden}
            <input type="hidden" name="version" value=move || version.get().to_string() />
            <input type="hidden" name="list" value=list.clone() />
            {shown_problem}
            <AccountCard draft=draft account=account />
            <MessageCard draft=draft />
            <ServerCard draft=draft />
            <Wire draft=draft />
            <div class="row card save np">
                <button class="btn primary" aria-disabled=move || save.pending().get().then_some("true")>
                    {move || if save.pending().get() { "Saving" } else { "Save" }}
                </button>
                {test
                    .map(|test| {
                        view! { <a class="btn" href=test><Icon name="send" />"Test setting"</a> }
                    })}
                <a class="btn plain" href=paths::report(&list)>"Cancel"</a>
                <span class="muted end wide">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
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

#[component]
fn AccountCard(draft: Draft, account: AccountForm) -> impl IntoView {
    let is_default = account.draft.default.is_yes();
    let (others, default_name) = (account.others_enabled, account.default_name);
    let default_help = move || match (is_default, others, default_name.clone()) {
        (true, true, _) => "This is the default. To change that, make another account the default.".to_owned(),
        (true, false, _) => "This is the default: no other account is enabled.".to_owned(),
        (false, _, Some(name)) => format!("Used where no account is chosen. Yes takes the mark from “{name}”."),
        (false, _, None) => "Used where no account is chosen. The first enabled account becomes it.".to_owned(),
    };
    view! {
        <section class="card stack sect" aria-labelledby="account-h">
            <h2 id="account-h">"Account"</h2>
            <Text
                draft=draft
                place=place!(name)
                label="Account name"
                help=|| format!("Shown in reports and wherever an account is chosen. At most {NAME_CHARACTERS} characters.")
            />
            <Question
                draft=draft
                place=place!(enabled)
                label="Enabled"
                help=|| "No: nothing is sent through this account, except tests."
            />
            <Question draft=draft place=place!(default) label="Default account" help=default_help />
        </section>
    }
}

#[component]
fn MessageCard(draft: Draft) -> impl IntoView {
    let shared: Shared = expect_context();
    // Offered while the other three are empty.
    let offer = Memo::new(move |_| {
        draft.answers.with(|a| {
            !a.sender.trim().is_empty() && a.reply.is_empty() && a.return_path.is_empty() && a.confirmation.is_empty()
        })
    });
    let copy = move |_| {
        draft.answers.update(|answers| {
            answers.reply = answers.sender.clone();
            answers.return_path = answers.sender.clone();
            answers.confirmation = answers.sender.clone();
        });
        for field in ["reply", "return_path", "confirmation"] {
            draft.check(field);
        }
    };
    let sender_help = move || {
        let offered = move || {
            offer.get().then(|| {
                view! {
                    <button
                        class="btn plain inline"
                        type="button"
                        disabled=move || !shared.started.get()
                        title=move || (!shared.started.get()).then_some(NOT_STARTED)
                        on:click=copy
                    >
                        "Use it for reply, return and confirmation"
                    </button>
                }
            })
        };
        view! { "Who the message is from. " {offered} }
    };
    view! {
        <section class="card stack sect" aria-labelledby="message-h">
            <h2 id="message-h">"Addresses and message"</h2>
            <div class="row top">
                <Text draft=draft place=place!(sender) label="Sender e-mail" help=sender_help kind=Kind::Email class="grow" />
                <Text
                    draft=draft
                    place=place!(reply)
                    label="Reply e-mail"
                    help=|| "Where answers go."
                    kind=Kind::Email
                    class="grow"
                />
            </div>
            <div class="row top">
                <Text
                    draft=draft
                    place=place!(return_path)
                    label="Reply e-mail (Return-Path)"
                    help=|| "Where bounces go. Readers do not see it."
                    kind=Kind::Email
                    class="grow"
                />
                <Text
                    draft=draft
                    place=place!(confirmation)
                    label="Confirmation mail"
                    help=|| "Where read receipts go."
                    kind=Kind::Email
                    class="grow"
                />
            </div>
            <Question
                draft=draft
                place=place!(force_settings)
                label="Force settings use"
                help=|| "Yes: these addresses replace what a program passes. No: they fill in what it leaves out."
            />
            <Question
                draft=draft
                place=place!(read_receipt)
                label="Send read receipt"
                help=|| "Yes: ask for a receipt when the message is opened. Many mail programs never send one."
            />
            <Question
                draft=draft
                place=place!(footer)
                label="Enable footnote"
                help=|| view! { "Yes: end every message with the " <a href=paths::FOOTER>"message footer"</a> "." }
            />
        </section>
    }
}

#[component]
fn ServerCard(draft: Draft) -> impl IntoView {
    let security = Memo::new(move |_| draft.answers.with(AccountDraft::security));
    let clear = Signal::derive(move || security.get() == Security::None);
    let port_help = move || {
        let usual = move || security.get().usual_port();
        view! { "Empty means " {usual} "." }
    };
    let ignore_help = || {
        view! {
            <span class="when-yes">
                "Yes: anyone in between can read the mail. Only for a server whose certificate you know to be wrong."
            </span>
            <span class="when-no">"Applies when Use safe connection? is Yes."</span>
        }
    };
    view! {
        <section class="card stack sect" aria-labelledby="server-h">
            <h2 id="server-h">"Server"</h2>
            <div class="row top">
                <Text
                    draft=draft
                    place=place!(host)
                    label="Host SMTP"
                    help=|| "A host name or an IP address."
                    class="grow"
                />
                <Text draft=draft place=place!(port) label="Port" help=port_help kind=Kind::Numeric class="port" />
            </div>
            <Question
                draft=draft
                place=place!(safe_connection)
                label="Use safe connection?"
                help=|| "Yes: encrypted or not at all. No: the message travels in clear text."
            />
            <TlsTypes draft=draft off=clear />
            <Question
                draft=draft
                place=place!(ignore_certificate)
                label="Ignore certificate error"
                help=ignore_help
                off=clear
                class="dep"
            />
        </section>
    }
}

/// TLS or SSL, each with what it means.
#[component]
fn TlsTypes(draft: Draft, off: Signal<bool>) -> impl IntoView {
    let chosen = Memo::new(move |_| draft.answers.with(|answers| answers.tls_type));
    let choice = |tls: TlsType, value: &'static str, words: &'static str| {
        let radio = NodeRef::<Input>::new();
        bind(
            Signal::derive(move || chosen.get() == tls),
            move || radio.get().map(|radio| radio.checked()),
            move |checked| {
                if let Some(radio) = radio.get_untracked() {
                    radio.set_checked(*checked);
                }
            },
            move |checked| {
                if checked {
                    draft.set(&place!(tls_type), tls);
                }
            },
        );
        view! {
            <label>
                <input
                    type="radio"
                    id=(tls == TlsType::Tls).then_some("tls_type")
                    name="draft[tls_type]"
                    value=value
                    checked=chosen.get_untracked() == tls
                    node_ref=radio
                    disabled=move || off.get()
                    on:change=move |_| draft.set(&place!(tls_type), tls)
                />
                <span>{value}<small>{words}</small></span>
            </label>
        }
    };
    let tls = choice(TlsType::Tls, "TLS", "STARTTLS: begins in clear text, then encrypts. Usually port 587.");
    let ssl = choice(TlsType::Ssl, "SSL", "TLS from the first byte. Usually port 465.");
    view! {
        <div class="row pick dep" role="radiogroup" aria-labelledby="tls_type-l" aria-describedby="tls_type-h">
            <span class="lb full" id="tls_type-l">"Secure connection type"</span>
            {tls}
            {ssl}
            <span class="help full" id="tls_type-h">
                <span class="when-no">"Applies when Use safe connection? is Yes."</span>
            </span>
        </div>
    }
}
