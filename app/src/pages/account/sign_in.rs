//! The card of signing in, and of the way through the network. What is missing is registered from here.

use leptos::prelude::*;
use model::{AccountDraft, ConnectorChoice, CredentialChoice, MechanismChoice, ProviderFacts};

use super::{asked, permit};
use crate::components::choice::SelectField;
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Question, Text, field};
use crate::components::icon::Icon;
use crate::components::provider::will_change;
use crate::paths;

/// The values of a drop-down, and before them its words for none.
fn options(none: &str, all: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    std::iter::once((String::new(), none.to_owned())).chain(all).collect()
}

#[component]
pub fn SignInCard(
    draft: Draft<AccountDraft>,
    credentials: Vec<CredentialChoice>,
    connectors: Vec<ConnectorChoice>,
    /// What will change at the saved host, and that host.
    coming: Option<(ProviderFacts, String)>,
) -> impl IntoView {
    let authentication = draft.answer(field!(authentication));
    let no_sign_in = Signal::derive(move || !authentication.get().is_yes());
    let names = credentials.iter().map(|credential| (credential.id.to_string(), credential.name.clone()));
    let credential_options = options("Choose a credential", names);
    let names = connectors.iter().map(|connector| (connector.route.id.to_string(), connector.name.clone()));
    let connector_options = options("Choose a network connector", names);
    let mechanisms =
        MechanismChoice::ALL.map(|choice| (choice.key().to_owned(), choice.label().to_owned())).into_iter().collect();
    let mechanism = draft.answer(field!(mechanism));
    view! {
        <section class="card stack section" aria-labelledby="sign-in-h">
            <h2 id="sign-in-h">"Sign-in and network"</h2>
            <Question
                draft=draft
                field=field!(authentication)
                label=asked(field!(authentication))
                help=|| "Yes: sign in with a credential from the vault."
                class="toggles-sign-in"
            />
            <SelectField
                name="credential"
                form_name="draft[credential]"
                label=asked(field!(credential))
                help=|| {
                    view! {
                        <span class="when-active">"The account points at it and never holds the secret."</span>
                        <span class="when-inactive">"Applies when User authentication is Yes."</span>
                        " "
                        {register("Credential", "Register a credential")}
                    }
                }
                options=credential_options
                value=draft.answer(field!(credential))
                error=draft.error("credential")
                off=no_sign_in
                class="dependent needs-sign-in"
                on_change=Callback::new(move |id| draft.set(field!(credential), id))
            />
            <Refused draft=draft credentials=credentials connectors=connectors />
            {coming.map(|(facts, host)| changes(draft, facts, host))}
            <SelectField
                name="mechanism"
                form_name="draft[mechanism]"
                label=asked(field!(mechanism))
                help=|| {
                    view! {
                        <span class="when-active">"How the secret is proven. Fix it only where a server asks for that."</span>
                        <span class="when-inactive">"Applies when User authentication is Yes."</span>
                    }
                }
                options=mechanisms
                value=Signal::derive(move || mechanism.get().key().to_owned())
                off=no_sign_in
                class="dependent needs-sign-in"
                on_change=Callback::new(move |key: String| {
                    draft.set(field!(mechanism), MechanismChoice::from_key(&key).unwrap_or_default());
                })
            />
            <Network draft=draft options=connector_options />
        </section>
    }
}

/// The way to the mail server, and how long it is waited for.
#[component]
fn Network(draft: Draft<AccountDraft>, options: Vec<(String, String)>) -> impl IntoView {
    let use_connector = draft.answer(field!(use_connector));
    let no_connector = Signal::derive(move || !use_connector.get().is_yes());
    view! {
        <Question
            draft=draft
            field=field!(use_connector)
            label=asked(field!(use_connector))
            help=|| "Yes: connect by way of a proxy. No: connect directly."
            class="toggles-connector"
        />
        <SelectField
            name="connector"
            form_name="draft[connector]"
            label=asked(field!(connector))
            help=|| {
                view! {
                    <span class="when-inactive">"Applies when Use network connector is Yes."</span>
                    " "
                    {register("Connector", "Register a connector")}
                }
            }
            options=options
            value=draft.answer(field!(connector))
            error=draft.error("connector")
            off=no_connector
            class="dependent needs-connector"
            on_change=Callback::new(move |id| draft.set(field!(connector), id))
        />
        <Text
            draft=draft
            field=field!(time_limit)
            label=asked(field!(time_limit))
            help=|| {
                "Seconds that each answer of the server may take, 5 to 600. Empty: 60 in tests and 300 in scheduled reports, unless Posthouse was started with others. Raise it for a server that is slow on purpose."
            }
            kind=Kind::Numeric
        />
    }
}

/// What will change, while the answers sign in there.
fn changes(draft: Draft<AccountDraft>, facts: ProviderFacts, host: String) -> AnyView {
    let meant =
        Memo::new(move |_| draft.answers.with(|answers| answers.authentication.is_yes() && answers.host == host));
    view! { {move || meant.get().then(|| will_change(facts.clone()))} }.into_any()
}

/// Goes to where the missing record is registered; the form is kept.
fn register(missing: &'static str, label: &'static str) -> impl IntoView {
    view! {
        <button class="btn plain inline-button" formaction="/api/begin_registration" name="missing" value=missing>
            {label}
        </button>
    }
}

/// Beside the credential, as one types: what saving would refuse.
#[component]
fn Refused(
    draft: Draft<AccountDraft>,
    credentials: Vec<CredentialChoice>,
    connectors: Vec<ConnectorChoice>,
) -> impl IntoView {
    let error = draft.error("credential");
    let refused = Memo::new(move |_| draft.answers.with(|answers| permit::refused(answers, &credentials, &connectors)));
    let shown = move || {
        // The words of a refused save stand beside the field already.
        let (id, why) = refused.get().filter(|_| error.with(Option::is_none))?;
        Some(view! {
            <span class="row warn">
                <span class="tone label"><Icon name="triangle-alert" />" "{why}</span>
                <a href=paths::edit_credential(id, "") target="_blank">"Look at the credential in a new window"</a>
            </span>
        })
    };
    view! { <div role="status" class="hidden-if-empty">{shown}</div> }
}
