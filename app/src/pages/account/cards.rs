//! The first two cards of fields: the account, and its addresses and messages.

use leptos::prelude::*;
use model::name::NAME_CHARACTERS;
use model::{AccountDraft, AccountForm};

use super::asked;
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Question, Text, field};
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
        <section class="card stack section" aria-labelledby="account-h">
            <h2 id="account-h">"Account"</h2>
            <Text
                draft=draft
                field=field!(name)
                label=asked(field!(name))
                help=|| format!("Shown in reports and wherever an account is chosen. At most {NAME_CHARACTERS} characters.")
            />
            <Question
                draft=draft
                field=field!(enabled)
                label=asked(field!(enabled))
                help=|| "No: nothing is sent through this account, except tests."
            />
            <Question draft=draft field=field!(default) label=asked(field!(default)) help=default_help />
        </section>
    }
}

#[component]
pub fn MessageCard(draft: Draft<AccountDraft>) -> impl IntoView {
    view! {
        <section class="card stack section" aria-labelledby="message-h">
            <h2 id="message-h">"Addresses and message"</h2>
            <Addresses draft=draft />
            <Question
                draft=draft
                field=field!(force_settings)
                label=asked(field!(force_settings))
                help=|| "Yes: these addresses replace what a program passes. No: they fill in what it leaves out."
            />
            <Question
                draft=draft
                field=field!(read_receipt)
                label=asked(field!(read_receipt))
                help=|| "Yes: ask for a receipt when the message is opened. Many mail programs never send one."
            />
            <Question
                draft=draft
                field=field!(footer)
                label=asked(field!(footer))
                help=|| view! { "Yes: end every message with the " <a href=paths::FOOTER>"message footer"</a> "." }
            />
        </section>
    }
}

/// The four addresses; the first can be taken for the other three.
#[component]
fn Addresses(draft: Draft<AccountDraft>) -> impl IntoView {
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
                        class="btn plain inline-button"
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
        <div class="row align-start">
            <Text
                draft=draft
                field=field!(sender)
                label=asked(field!(sender))
                help=sender_help
                kind=Kind::Email
                class="grow"
            />
            <Text
                draft=draft
                field=field!(reply)
                label=asked(field!(reply))
                help=|| "Where answers go."
                kind=Kind::Email
                class="grow"
            />
        </div>
        <div class="row align-start">
            <Text
                draft=draft
                field=field!(return_path)
                label=asked(field!(return_path))
                help=|| "Where bounces go. Readers do not see it."
                kind=Kind::Email
                class="grow"
            />
            <Text
                draft=draft
                field=field!(confirmation)
                label=asked(field!(confirmation))
                help=|| "Where read receipts go."
                kind=Kind::Email
                class="grow"
            />
        </div>
    }
}
