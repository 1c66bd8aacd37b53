//! The three cards of fields: the account, its addresses and messages, its server.

use leptos::html::Input;
use leptos::prelude::*;
use model::account::NAME_CHARACTERS;
use model::{AccountDraft, AccountForm, Security, TlsType};

use crate::components::draft::{Draft, Question, Text, place};
use crate::components::field::{Kind, bind};
use crate::components::page::{NOT_STARTED, Shared};
use crate::paths;

#[component]
pub fn AccountCard(draft: Draft<AccountDraft>, account: AccountForm) -> impl IntoView {
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
pub fn MessageCard(draft: Draft<AccountDraft>) -> impl IntoView {
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
pub fn ServerCard(draft: Draft<AccountDraft>) -> impl IntoView {
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
fn TlsTypes(draft: Draft<AccountDraft>, off: Signal<bool>) -> impl IntoView {
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
                    draft.set(place!(tls_type), tls);
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
                    on:change=move |_| draft.set(place!(tls_type), tls)
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
