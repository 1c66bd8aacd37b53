//! The card of the secret: kept, replaced, referred to or cleared. It is never sent to the browser.

use leptos::prelude::*;
use model::{CredentialDraft, FieldErrors, SecretAnswer, SecretLocation, SecretReference};

use super::pasted::PastedField;
use crate::api::credentials::TypedCredential;
use crate::components::choice::{Choice, PickField};
use crate::components::field::{Kind, TextField};
use crate::components::form::draft::Draft;

/// What is to become of the secret, and how far that is right.
#[derive(Clone, Copy)]
pub struct SecretFields {
    pub answer: RwSignal<SecretAnswer>,
    pub secret: RwSignal<String>,
    pub reference: RwSignal<String>,
}

impl SecretFields {
    /// What was refused before; else what is stored, with this answer.
    pub fn new(restored: Option<&TypedCredential>, answer: SecretAnswer, stored: &SecretLocation) -> Self {
        let reference = match (restored, stored) {
            (Some(typed), _) => typed.reference.clone(),
            (None, SecretLocation::Elsewhere(reference)) => reference.to_string(),
            (None, SecretLocation::None | SecretLocation::Vault) => String::new(),
        };
        Self {
            answer: RwSignal::new(restored.map_or(answer, |typed| typed.answer)),
            secret: RwSignal::new(String::new()),
            reference: RwSignal::new(reference),
        }
    }

    pub fn is_replaced(self) -> bool {
        self.answer.get_untracked() == SecretAnswer::Replace
    }

    /// Whether something was answered that is not saved yet.
    pub fn is_changed(self, first: SecretAnswer) -> bool {
        self.answer.get() != first || !self.secret.with(String::is_empty)
    }

    /// Opens the field that an error asks to be filled in again.
    pub fn open_for(self, errors: &FieldErrors) {
        if self.answer.get_untracked() != SecretAnswer::Keep {
            return;
        }
        for (field, answer) in [("secret", SecretAnswer::Replace), ("reference", SecretAnswer::Refer)] {
            if errors.get(field).is_some() {
                self.answer.set(answer);
            }
        }
    }

    /// The errors of the form, with that of the secret or the reference.
    pub fn add_errors(self, draft: &CredentialDraft, mut errors: FieldErrors) -> FieldErrors {
        errors.0.extend(self.wrong(draft).0);
        errors
    }

    /// What is wrong with the one that the answer asks for.
    fn wrong(self, draft: &CredentialDraft) -> FieldErrors {
        let wrong = match self.answer.get_untracked() {
            SecretAnswer::Replace => self.secret.with_untracked(|typed| draft.secret(typed).map(drop)),
            SecretAnswer::Refer => {
                let parsed = self.reference.with_untracked(|typed| SecretReference::parse(typed));
                parsed.map(drop).map_err(|message| FieldErrors::one("reference", message))
            }
            SecretAnswer::Keep | SecretAnswer::Clear => Ok(()),
        };
        wrong.err().unwrap_or_default()
    }
}

/// Whether there is a secret already, of which one can say what is to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// The credential is new.
    Not,
    Before,
}

#[component]
pub fn SecretCard(
    draft: Draft<CredentialDraft>,
    fields: SecretFields,
    place: SecretLocation,
    stored: Stored,
    /// The form was refused, and has come back without the secret.
    lost: bool,
    /// More may be reached than before, so that the secret is asked for.
    #[prop(into)]
    widened: Signal<bool>,
) -> impl IntoView {
    let SecretFields { answer, secret, .. } = fields;
    let right = move |name: &'static str| draft.errors.update(|errors| errors.0.retain(|error| error.field != name));
    let state = match &place {
        SecretLocation::Vault => "A secret is in the vault. It is never shown.".to_owned(),
        SecretLocation::Elsewhere(reference) => format!("The secret is read from {reference} when it is used."),
        SecretLocation::None => "There is no secret yet.".to_owned(),
    };
    let again_words = match &place {
        SecretLocation::Elsewhere(_) => {
            "It may now be used with more than before: choose Reference, and enter the reference again."
        }
        SecretLocation::Vault | SecretLocation::None => {
            "It may now be used with more than before: choose Replace, and enter it again."
        }
    };
    let state = (stored == Stored::Before).then(|| view! { <p class="help">{state}</p> });
    let replace = match stored {
        Stored::Before => "Applies when Secret is Replace.",
        Stored::Not => "Applies when Secret is Enter it.",
    };
    let again = if lost { "Enter the secret again: it is not kept while a form is refused. " } else { "" };
    let note = move || {
        let asks = widened.get() && answer.get() == SecretAnswer::Keep;
        asks.then_some(again_words)
    };
    view! {
        <section class="card stack section" aria-labelledby="secret-h2">
            <h2 id="secret-h2">"Secret"</h2>
            {state}
            <PickField
                name="answer"
                form_name="answer"
                label="What becomes of the secret"
                help=move || view! { <span class="warn tone label" role="status">{note}</span> }
                choices=choices(stored)
                chosen=answer
                class="toggles-secret"
                on_change=Callback::new(move |chosen| {
                    answer.set(chosen);
                    right("secret");
                    right(CredentialDraft::PASTED);
                    right("reference");
                })
            />
            <TextField
                name="secret"
                form_name="secret"
                label="Password or other secret"
                help=move || {
                    view! {
                        <span class="when-active">{again}"Anything that can be typed on one line, up to 1,000 characters."</span>
                        <span class="when-inactive">{replace}</span>
                    }
                }
                kind=Kind::NewPassword
                autocomplete="new-password"
                class="dependent needs-new-secret"
                off=Signal::derive(move || answer.get() != SecretAnswer::Replace)
                value=secret
                error=draft.error("secret")
                on_input=Callback::new(move |text| {
                    secret.set(text);
                    right("secret");
                    right(CredentialDraft::PASTED);
                })
            />
            <PastedField draft=draft fields=fields />
            <ReferenceField draft=draft fields=fields />
        </section>
    }
}

/// What can become of the secret.
fn choices(stored: Stored) -> Vec<Choice<SecretAnswer>> {
    let choice = |answer, key, label, words: &str| Choice { answer, key, label, words: words.to_owned() };
    match stored {
        Stored::Before => vec![
            choice(SecretAnswer::Keep, "Keep", "Keep", "It stays as it is."),
            choice(SecretAnswer::Replace, "Replace", "Replace", "Another one takes its place."),
            choice(SecretAnswer::Refer, "Refer", "Reference", "It is kept elsewhere, and read when it is used."),
            choice(SecretAnswer::Clear, "Clear", "Clear", "It is forgotten. What uses it cannot sign in."),
        ],
        Stored::Not => vec![
            choice(SecretAnswer::Replace, "Replace", "Enter it", "It is sealed, and never shown again."),
            choice(SecretAnswer::Refer, "Refer", "Reference", "It is kept elsewhere, and read when it is used."),
            choice(SecretAnswer::Clear, "Clear", "None for now", "What uses it cannot sign in yet."),
        ],
    }
}

/// Where the secret is read from, in place of the vault.
#[component]
fn ReferenceField(draft: Draft<CredentialDraft>, fields: SecretFields) -> impl IntoView {
    let SecretFields { answer, reference, .. } = fields;
    view! {
        <TextField
            name="reference"
            form_name="reference"
            label="Where the secret is"
            help=|| {
                view! {
                    <span class="when-active">
                        "env:NAME for a variable of the server whose name begins with POSTHOUSE_SECRET_, or file:PATH within the folder that its configuration allows."
                    </span>
                    <span class="when-inactive">"Applies when Secret is Reference."</span>
                }
            }
            class="dependent needs-reference"
            off=Signal::derive(move || answer.get() != SecretAnswer::Refer)
            value=reference
            error=draft.error("reference")
            on_input=Callback::new(move |text| {
                reference.set(text);
                draft.errors.update(|errors| errors.0.retain(|error| error.field != "reference"));
            })
        />
    }
}
