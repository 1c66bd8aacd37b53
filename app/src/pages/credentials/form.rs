//! The form "Credential": New, Edit, and Duplicate without the secret.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::{ConnectorRoute, CredentialDraft, CredentialForm, Problem, SecretAnswer, SecretPlace};

use super::destinations::DestinationsCard;
use super::secret::{SecretCard, SecretFields, Stored};
use crate::api::credentials::{CredentialFormFor, SaveCredential, TypedCredential};
use crate::api::secret::Password;
use crate::api::{Fail, FormInit, Notice};
use crate::components::draft::{Draft, Text, place};
use crate::components::icon::Icon;
use crate::components::leave::AskBeforeLeaving;
use crate::components::page::{PageHead, Shared};
use crate::components::problem::Refusal;
use crate::components::uses::UsedBy;
use crate::pages::footer::unsaved_words;
use crate::paths;

#[component]
pub fn Form(
    form: CredentialFormFor,
    init: FormInit<CredentialForm, TypedCredential>,
    /// The query of the address.
    list: String,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let FormInit { data: CredentialForm { version, draft: saved, secret: place, connectors, uses }, restored } = init;
    let is_there = matches!(form, CredentialFormFor::Edit(_));
    let first_answer = if is_there { SecretAnswer::Keep } else { SecretAnswer::Replace };
    let (typed, refused) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => {
            let reference = match &place {
                SecretPlace::Elsewhere(reference) => reference.to_string(),
                SecretPlace::None | SecretPlace::Vault => String::new(),
            };
            (TypedCredential { draft: saved.clone(), answer: first_answer, reference }, None)
        }
    };
    let TypedCredential { draft: answers, answer, reference } = typed;
    let lost = refused.is_some() && answer == SecretAnswer::Replace;
    let errors = refused.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let draft = Draft::new(answers, errors);
    let secret = SecretFields {
        answer: RwSignal::new(answer),
        secret: RwSignal::new(String::new()),
        reference: RwSignal::new(reference),
    };
    let problem = RwSignal::new(refused);
    let version = RwSignal::new(version);
    let widened = {
        let routes: Vec<ConnectorRoute> = connectors.iter().map(|connector| connector.route.clone()).collect();
        let before = saved.parse(&routes).ok().map(|credential| credential.destinations);
        let asks = place != SecretPlace::None;
        Memo::new(move |_| match (asks, &before, draft.answers.with(|answers| answers.parse(&routes))) {
            (true, Some(before), Ok(now)) => now.destinations.widen(before),
            _ => false,
        })
    };

    let save = ServerAction::<SaveCredential>::new();
    let title = match form {
        CredentialFormFor::New => "New credential".to_owned(),
        CredentialFormFor::Duplicate(_) => format!("Copy of {}", saved.name.trim_end_matches(" (copy)")),
        CredentialFormFor::Edit(_) => saved.name.clone(),
    };
    let done = RwSignal::new(false);
    let unsaved = Signal::derive(move || {
        let answered = usize::from(secret.answer.get() != first_answer || !secret.secret.with(String::is_empty));
        let changes = draft.answers.with(|mine| mine.differences(&saved).len()) + answered;
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
            let mut errors = answers.parse(&[]).err().unwrap_or_default();
            errors.0.extend(secret.wrong().0);
            if !errors.is_empty() {
                let errors = errors.in_order_of(&CredentialDraft::FIELDS);
                draft.errors.set(errors.clone());
                problem.set(Some(Problem::Fields(errors)));
                return;
            }
            save.dispatch(SaveCredential {
                form,
                version: version.get_untracked(),
                draft: answers,
                answer: secret.answer.get_untracked(),
                secret: Password::new(secret.secret.get_untracked()),
                reference: secret.reference.get_untracked(),
                list: list.clone(),
            });
        }
    };
    let navigate = use_navigate();
    let back = paths::after_credential(&list);
    Effect::new(move |_| match save.value().get() {
        None => {}
        Some(Ok(credential)) => {
            done.set(true);
            secret.secret.set(String::new());
            shared.tell(Notice::says(format!("“{}” is saved.", credential.name)));
            navigate(&back, NavigateOptions::default());
        }
        Some(Err(Fail(refused))) => {
            let errors = refused.field_errors().cloned().unwrap_or_default();
            // The secret is asked for: its field is opened.
            if errors.get("secret").is_some() && secret.answer.get_untracked() == SecretAnswer::Keep {
                secret.answer.set(SecretAnswer::Replace);
            }
            if errors.get("reference").is_some() && secret.answer.get_untracked() == SecretAnswer::Keep {
                secret.answer.set(SecretAnswer::Refer);
            }
            if let Problem::Stale(stale) = &refused {
                version.set(stale.version);
            }
            draft.errors.set(errors);
            problem.set(Some(refused));
        }
    });

    let document_title = {
        let title = title.clone();
        Signal::derive(move || match problem.with(Option::is_some) {
            true => format!("Error: {title} · Credential"),
            false => format!("{title} · Credential"),
        })
    };
    let hidden = match form {
        CredentialFormFor::New => view! { <input type="hidden" name="form" value="New" /> }.into_any(),
        CredentialFormFor::Edit(id) => {
            view! { <input type="hidden" name="form[Edit]" value=id.to_string() /> }.into_any()
        }
        CredentialFormFor::Duplicate(id) => {
            view! { <input type="hidden" name="form[Duplicate]" value=id.to_string() /> }.into_any()
        }
    };
    let actions = {
        let list = list.clone();
        move || match form {
            CredentialFormFor::Edit(id) => view! {
                <a class="btn" href=paths::duplicate_credential(id, &list)><Icon name="copy-plus" />"Duplicate"</a>
                <a class="btn" href=paths::delete_credential(id, &list)><Icon name="trash-2" />"Delete"</a>
            }
            .into_any(),
            _ => ().into_any(),
        }
    };
    let waits = paths::waiting_form(&list).map(|_| {
        view! { <p class="help">"After Save or Cancel you are back in the account’s form, with all that was typed there."</p> }
    });
    let cancel = paths::after_credential(&list);
    let eyebrow = paths::credentials(if waits.is_some() { "" } else { &list });
    view! {
        <PageHead title=Signal::stored(title) document_title=document_title actions=actions>
            <a href=eyebrow.clone()>"Credentials"</a>
            " · Credential"
        </PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form class="form" action="/api/save_credential" method="post" novalidate on:submit=submit>
            {hidden}
            <input type="hidden" name="version" value=move || version.get().to_string() />
            <input type="hidden" name="list" value=list />
            {move || problem.get().map(|problem| view! { <Refusal problem=problem /> })}
            {waits}
            <section class="card stack section" aria-labelledby="credential-h">
                <h2 id="credential-h">"Sign-in"</h2>
                <Text
                    draft=draft
                    place=place!(name)
                    label="Credential name"
                    help=|| "Shown wherever a credential is chosen. At most 120 characters."
                />
                <Text
                    draft=draft
                    place=place!(user_name)
                    label="User name"
                    help=|| "As the server wants it: often a whole e-mail address, or DOMAIN\\name."
                />
            </section>
            <SecretCard
                fields=secret
                errors=draft.errors
                place=place
                stored=if is_there { Stored::Before } else { Stored::Not }
                lost=lost
                widened=widened
            />
            <DestinationsCard draft=draft connectors=connectors />
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
