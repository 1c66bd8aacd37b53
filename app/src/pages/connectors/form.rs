//! The form "Network connector": New and Edit.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::{ConnectorDraft, ConnectorForm, ConnectorKind, CredentialChoice, Problem};

use crate::api::connectors::{ConnectorFormFor, SaveConnector};
use crate::api::{Fail, FormInit, Notice};
use crate::components::choice::{Choice, PickField, SelectField};
use crate::components::draft::{Draft, Question, Text, place};
use crate::components::field::Kind;
use crate::components::icon::Icon;
use crate::components::leave::AskBeforeLeaving;
use crate::components::page::{PageHead, Shared};
use crate::components::problem::Refusal;
use crate::components::uses::UsedBy;
use crate::pages::footer::unsaved_words;
use crate::paths;

#[component]
pub fn Form(
    form: ConnectorFormFor,
    init: FormInit<ConnectorForm, ConnectorDraft>,
    /// The query of the address.
    list: String,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let FormInit { data: ConnectorForm { version, draft: saved, credentials, uses, permitted_by }, restored } = init;
    let (answers, refused) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => (saved.clone(), None),
    };
    let errors = refused.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let draft = Draft::new(answers, errors);
    let problem = RwSignal::new(refused);
    let version = RwSignal::new(version);
    let title = match form {
        ConnectorFormFor::New => "New network connector".to_owned(),
        ConnectorFormFor::Edit(_) => saved.name.clone(),
    };

    let save = ServerAction::<SaveConnector>::new();
    let done = RwSignal::new(false);
    let unsaved = Signal::derive(move || {
        let changes = draft.answers.with(|mine| mine.differences(&saved).len());
        if done.get() { 0 } else { changes }
    });
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
            save.dispatch(SaveConnector { form, version: version.get_untracked(), draft: answers, list: list.clone() });
        }
    };
    let navigate = use_navigate();
    let back = paths::after_connector(&list);
    Effect::new(move |_| match save.value().get() {
        None => {}
        Some(Ok(connector)) => {
            done.set(true);
            shared.tell(Notice::says(connector.to_string()));
            navigate(&back, NavigateOptions::default());
        }
        Some(Err(Fail(refused))) => {
            if let Problem::Stale(stale) = &refused {
                version.set(stale.version);
            }
            draft.errors.set(refused.field_errors().cloned().unwrap_or_default());
            problem.set(Some(refused));
        }
    });

    let document_title = {
        let title = title.clone();
        Signal::derive(move || match problem.with(Option::is_some) {
            true => format!("Error: {title} · Network connector"),
            false => format!("{title} · Network connector"),
        })
    };
    let hidden = match form {
        ConnectorFormFor::New => view! { <input type="hidden" name="form" value="New" /> }.into_any(),
        ConnectorFormFor::Edit(id) => {
            view! { <input type="hidden" name="form[Edit]" value=id.to_string() /> }.into_any()
        }
    };
    let actions = {
        let list = list.clone();
        move || match form {
            ConnectorFormFor::Edit(id) => view! {
                <a class="btn" href=paths::check_connector(id, &list)><Icon name="waypoints" />"Check"</a>
                <a class="btn" href=paths::delete_connector(id, &list)><Icon name="trash-2" />"Delete"</a>
            }
            .into_any(),
            ConnectorFormFor::New => ().into_any(),
        }
    };
    let waits = paths::waiting_form(&list).map(|_| {
        view! { <p class="help">"After Save or Cancel you are back in the account’s form, with all that was typed there."</p> }
    });
    let cancel = paths::after_connector(&list);
    let eyebrow = paths::connectors(if waits.is_some() { "" } else { &list });
    view! {
        <PageHead title=Signal::stored(title) document_title=document_title actions=actions>
            <a href=eyebrow.clone()>"Network connectors"</a>
            " · Network connector"
        </PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form class="form" action="/api/save_connector" method="post" novalidate on:submit=submit>
            {hidden}
            <input type="hidden" name="version" value=move || version.get().to_string() />
            <input type="hidden" name="list" value=list />
            {move || problem.get().map(|problem| view! { <Refusal problem=problem /> })}
            {waits}
            <ProxyCard draft=draft credentials=credentials permitted_by=permitted_by />
            <UsedBy uses=uses />
            <div class="row card save-bar no-print">
                <button class="btn primary" aria-disabled=move || save.pending().get().then_some("true")>
                    {move || if save.pending().get() { "Saving" } else { "Save" }}
                </button>
                <a class="btn plain" href=cancel>"Cancel"</a>
                <span class="muted push-end wide-only">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
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
    let kind = draft.answer(place!(kind));
    let authentication = draft.answer(place!(authentication));
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
                place=place!(name)
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
                on_change=Callback::new(move |kind| draft.set(place!(kind), kind))
            />
            <div class="row align-start">
                <Text draft=draft place=place!(host) label="Proxy host" help=|| "A host name or an IP address." class="grow" />
                <Text draft=draft place=place!(port) label="Port" help=port_help kind=Kind::Numeric class="short-field" />
            </div>
            <Question
                draft=draft
                place=place!(resolves_names)
                label="Resolves names itself"
                help=|| {
                    "No: Posthouse looks mail servers up, checks their addresses against the networks, and gives the proxy an address. Yes: the proxy gets the name, which may lead into closed networks. For names that only the proxy knows, and for proxies whose rules go by name."
                }
            />
            <Question
                draft=draft
                place=place!(authentication)
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
                value=draft.answer(place!(credential))
                error=draft.error("credential")
                off=Signal::derive(move || !authentication.get().is_yes())
                class="dependent needs-sign-in"
                on_change=Callback::new(move |id| draft.set(place!(credential), id))
            />
        </section>
    }
}
