//! The form "Network connector": New and Edit.

use leptos::prelude::*;
use model::{ConnectorDraft, ConnectorForm, ConnectorId, ConnectorKind, CredentialChoice};

use crate::api::connectors::SaveConnector;
use crate::api::{FormFor, FormInit, Notice};
use crate::components::choice::{Choice, PickField, SelectField};
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Question, Text, field};
use crate::components::form::record::{RecordForm, RecordHead, RecordPage};
use crate::components::form::waiting::{waiting_note, waits};
use crate::components::icon::Icon;
use crate::components::uses::UsedBy;
use crate::paths;
use crate::sections;

#[component]
pub fn Form(
    form: FormFor<ConnectorId>,
    init: FormInit<ConnectorForm, ConnectorDraft>,
    /// The query of the address.
    list: String,
) -> impl IntoView {
    let FormInit { data: ConnectorForm { version, draft: saved, credentials, uses, permitted_by }, restored } = init;
    let head = RecordHead {
        title: form.title("New network connector", &saved.name),
        kind: "Network connector",
        parent: sections::CONNECTORS.title,
        parent_address: paths::connectors(if waits(&list) { "" } else { &list }),
    };
    let record = RecordForm::new(version, saved, restored);
    let save = ServerAction::<SaveConnector>::new();
    let submit = {
        let list = list.clone();
        Callback::new(move |event| {
            if let Some(draft) = record.submitted(&event) {
                save.dispatch(SaveConnector {
                    form,
                    version: record.version.get_untracked(),
                    draft,
                    list: list.clone(),
                });
            }
        })
    };
    let back = paths::after_connector(&list);
    record.follow(save, move |connector| (Notice::says(connector.to_string()), back.clone()));
    let actions = {
        let list = list.clone();
        move || {
            form.edited().map(|id| {
                view! {
                    <a class="btn" href=paths::check_connector(id, &list)><Icon name="waypoints" />"Check"</a>
                    <a class="btn" href=paths::delete_connector(id, &list)><Icon name="trash-2" />"Delete"</a>
                }
            })
        }
    };
    view! {
        <RecordPage
            form=record
            head=head
            actions=actions
            action="/api/save_connector"
            opened_for=form.field()
            unsaved=record.unsaved(|| 0)
            on_submit=submit
            cancel=paths::after_connector(&list)
            list=list.clone()
        >
            {waiting_note(&list)}
            <ProxyCard draft=record.draft credentials=credentials permitted_by=permitted_by />
            <UsedBy uses=uses />
        </RecordPage>
    }
}

#[component]
fn ProxyCard(
    draft: Draft<ConnectorDraft>,
    credentials: Vec<CredentialChoice>,
    /// The names of the credentials that may be used through the connector.
    permitted_by: Vec<String>,
) -> impl IntoView {
    let permitted = (!permitted_by.is_empty()).then(|| {
        let names = permitted_by.join(", ");
        view! {
            <p class="help">
                "May be used through it: " {names}
                ". Changing its kind, host or port takes that away until it is chosen there again and the secret entered again."
            </p>
        }
    });
    let kind = draft.answer(field!(kind));
    let authentication = draft.answer(field!(authentication));
    let choice = |kind: ConnectorKind, key, words: &str| Choice {
        answer: kind,
        key,
        label: kind.label(),
        words: words.to_owned(),
    };
    let kinds = vec![
        choice(ConnectorKind::Socks5, "Socks5", "The proxy passes on anything."),
        choice(ConnectorKind::HttpConnect, "HttpConnect", "An HTTP proxy opens a tunnel. Many allow only some ports."),
    ];
    let mut options = vec![(String::new(), "Choose a credential".to_owned())];
    options.extend(credentials.into_iter().map(|credential| (credential.id.to_string(), credential.name)));
    let port_help = move || {
        let usual = move || kind.get().usual_port();
        view! { "Empty means " {usual} "." }
    };
    view! {
        <section class="card stack section" aria-labelledby="proxy-h">
            <h2 id="proxy-h">"Proxy"</h2>
            {permitted}
            <Text
                draft=draft
                field=field!(name)
                label="Connector name"
                help=|| "Shown wherever a network connector is chosen. At most 120 characters."
            />
            <PickField
                name="kind"
                form_name="draft[kind]"
                label="Kind"
                help=|| ()
                choices=kinds
                chosen=kind
                on_change=Callback::new(move |kind| draft.set(field!(kind), kind))
            />
            <div class="row align-start">
                <Text draft=draft field=field!(host) label="Proxy host" help=|| "A host name or an IP address." class="grow" />
                <Text draft=draft field=field!(port) label="Port" help=port_help kind=Kind::Numeric class="short-field" />
            </div>
            <Question
                draft=draft
                field=field!(resolves_names)
                label="Resolves names itself"
                help=|| {
                    "No: Posthouse looks mail servers up, checks their addresses against the networks, and gives the proxy an address. Yes: the proxy gets the name, which may lead into closed networks. For names that only the proxy knows, and for proxies whose rules go by name."
                }
            />
            <Question
                draft=draft
                field=field!(authentication)
                label="Proxy authentication"
                help=|| "Yes: sign in to the proxy. The way to it is not encrypted."
                class="toggles-sign-in"
            />
            <SelectField
                name="credential"
                form_name="draft[credential]"
                label="Credential"
                help=|| {
                    view! {
                        <span class="when-active">
                            "It names the proxy’s host and port, allows use without a connector, and PLAIN and LOGIN in clear text."
                        </span>
                        <span class="when-inactive">"Applies when Proxy authentication is Yes."</span>
                    }
                }
                options=options
                value=draft.answer(field!(credential))
                error=draft.error("credential")
                off=Signal::derive(move || !authentication.get().is_yes())
                class="dependent needs-sign-in"
                on_change=Callback::new(move |id| draft.set(field!(credential), id))
            />
        </section>
    }
}
