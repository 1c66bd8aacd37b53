//! The card of what a credential may be used with.

use leptos::html::Input;
use leptos::prelude::*;
use model::{ConnectorChoice, CredentialDraft};

use crate::components::field::{Kind, bind};
use crate::components::form::draft::{Draft, Question, Text, field};

#[component]
pub fn DestinationsCard(draft: Draft<CredentialDraft>, connectors: Vec<ConnectorChoice>) -> impl IntoView {
    let verified = draft.answer(field!(verified_only));
    view! {
        <section class="card stack section" aria-labelledby="destinations-h">
            <h2 id="destinations-h">"What it may be used with"</h2>
            <p class="help">
                "The secret goes nowhere else. Whoever widens any of this later enters the secret or its reference again."
            </p>
            <Text
                draft=draft
                field=field!(hosts)
                label="Hosts"
                help=|| "Names or IP addresses of the servers, separated by spaces, commas or lines. Each one exactly as accounts name it."
                kind=Kind::Lines(3)
            />
            <Text
                draft=draft
                field=field!(ports)
                label="Ports"
                help=|| "Separated in the same way, such as 465, 587."
            />
            <Question
                draft=draft
                field=field!(direct)
                label="Without a network connector"
                help=|| "Yes: also where an account connects directly."
            />
            <Connectors draft=draft connectors=connectors />
            <Question
                draft=draft
                field=field!(verified_only)
                label="Only over verified TLS"
                help=|| "No: the secret can be read by whoever stands in between. A proxy is always signed in to in clear text."
                class="toggles-unverified"
            />
            <Question
                draft=draft
                field=field!(plain_in_clear)
                label="Allow PLAIN and LOGIN in clear text"
                help=|| {
                    view! {
                        <span class="when-active">"Yes: the password itself travels unencrypted. A proxy needs Yes."</span>
                        <span class="when-inactive">"Applies when Only over verified TLS is No."</span>
                    }
                }
                off=Signal::derive(move || verified.get().is_yes())
                class="dependent needs-unverified"
            />
            <Text
                draft=draft
                field=field!(certificates)
                label="Own certificates"
                help=|| "SHA-256 fingerprints, a line each: of certificates and CAs that an account trusts by itself. They count as verified here."
                kind=Kind::Lines(2)
            />
        </section>
    }
}

/// A box for each network connector that there is.
#[component]
fn Connectors(draft: Draft<CredentialDraft>, connectors: Vec<ConnectorChoice>) -> impl IntoView {
    let none = connectors.is_empty().then(|| view! { <p class="help">"There is no network connector yet."</p> });
    let boxes = connectors.into_iter().enumerate().map(|(n, connector)| {
        let (id, label) = (connector.route.id, connector.to_string());
        let input = NodeRef::<Input>::new();
        let chosen = Signal::derive(move || draft.answers.with(|answers| answers.connectors.contains(&id)));
        let choose = move |yes: bool| {
            draft.answers.update(|answers| {
                answers.connectors.retain(|other| *other != id);
                if yes {
                    answers.connectors.push(id);
                    answers.connectors.sort_unstable();
                }
            });
        };
        bind(
            chosen,
            move || input.get().map(|input| input.checked()),
            move |yes| {
                if let Some(input) = input.get_untracked() {
                    input.set_checked(*yes);
                }
            },
            choose,
        );
        view! {
            <label class="item">
                <input
                    type="checkbox"
                    name=format!("draft[connectors][{n}]")
                    value=id.to_string()
                    checked=chosen.get_untracked()
                    node_ref=input
                    on:change:target=move |event| choose(event.target().checked())
                />
                {label}
            </label>
        }
    });
    view! {
        <div class="checklist">
            <fieldset>
                <legend class="label">"Through these network connectors"</legend>
                {none}
                <div id="connectors">{boxes.collect_view()}</div>
            </fieldset>
        </div>
    }
}
