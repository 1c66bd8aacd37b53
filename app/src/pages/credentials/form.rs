//! The form "Credential": New, Edit, and Duplicate without the secret.

use leptos::prelude::*;
use model::{ConnectorRoute, CredentialDraft, CredentialForm, CredentialId, SecretAnswer, SecretLocation};

use super::destinations::DestinationsCard;
use super::secret::{SecretCard, SecretFields, Stored};
use crate::api::credentials::{SaveCredential, TypedCredential};
use crate::api::secret::Password;
use crate::api::{FormFor, FormInit, Notice, RestoredForm};
use crate::components::form::draft::{Draft, Text, field};
use crate::components::form::record::{RecordForm, RecordHead, RecordPage};
use crate::components::form::waiting::{waiting_note, waits};
use crate::components::icon::Icon;
use crate::components::uses::UsedBy;
use crate::paths;
use crate::sections;

#[component]
pub fn Form(
    form: FormFor<CredentialId>,
    init: FormInit<CredentialForm, TypedCredential>,
    /// The query of the address.
    list: String,
) -> impl IntoView {
    let FormInit { data: CredentialForm { version, draft: saved, secret: stored, connectors, uses }, restored } = init;
    let edited = form.edited();
    let first_answer = if edited.is_some() { SecretAnswer::Keep } else { SecretAnswer::Replace };
    let fields = SecretFields::new(restored.as_ref().map(|restored| &restored.draft), first_answer, &stored);
    let restored =
        restored.map(|RestoredForm { draft, problem, version }| RestoredForm { draft: draft.draft, problem, version });
    let lost = restored.as_ref().is_some_and(|restored| restored.problem.is_some()) && fields.is_replaced();
    let routes: Vec<ConnectorRoute> = connectors.iter().map(|connector| connector.route.clone()).collect();
    let before = saved.parse(&routes).ok().map(|credential| credential.destinations);
    let has_secret = stored != SecretLocation::None;
    let head = RecordHead {
        title: form.title("New credential", &saved.name),
        kind: "Credential",
        parent: sections::CREDENTIALS.title,
        parent_address: paths::credentials(if waits(&list) { "" } else { &list }),
    };
    let record = RecordForm::new(version, saved, restored);
    let draft = record.draft;
    let widened = Memo::new(move |_| match (&before, draft.answers.with(|answers| answers.parse(&routes))) {
        (Some(before), Ok(now)) if has_secret => now.destinations.widen(before),
        _ => false,
    });
    let unsaved = record.unsaved(move || usize::from(fields.is_changed(first_answer)));
    let save = ServerAction::<SaveCredential>::new();
    let submit = {
        let list = list.clone();
        Callback::new(move |event| {
            let with_secret = |errors| {
                let errors = draft.answers.with_untracked(|answers| fields.add_errors(answers, errors));
                errors.in_order_of(&CredentialDraft::FIELDS)
            };
            if let Some(answers) = record.submitted_with(&event, with_secret) {
                save.dispatch(SaveCredential {
                    form,
                    version: record.version.get_untracked(),
                    draft: answers,
                    answer: fields.answer.get_untracked(),
                    secret: Password::new(fields.secret.get_untracked()),
                    reference: fields.reference.get_untracked(),
                    list: list.clone(),
                });
            }
        })
    };
    let back = paths::after_credential(&list);
    record.follow(save, move |credential| {
        fields.secret.set(String::new());
        (Notice::says(format!("“{}” is saved.", credential.name)), back.clone())
    });
    // A secret that has to be entered again: its field is opened.
    Effect::new(move |_| draft.errors.with(|errors| fields.open_for(errors)));
    let actions = {
        let list = list.clone();
        move || edited.map(|id| head_actions(id, &list))
    };
    view! {
        <RecordPage
            form=record
            head=head
            actions=actions
            action="/api/save_credential"
            opened_for=form.field()
            unsaved=unsaved
            on_submit=submit
            cancel=paths::after_credential(&list)
            list=list.clone()
        >
            {waiting_note(&list)}
            <SignInCard draft=draft />
            <SecretCard
                draft=draft
                fields=fields
                place=stored
                stored=if edited.is_some() { Stored::Before } else { Stored::Not }
                lost=lost
                widened=widened
            />
            <DestinationsCard draft=draft connectors=connectors />
            <UsedBy uses=uses />
        </RecordPage>
    }
}

fn head_actions(id: CredentialId, list: &str) -> impl IntoView + use<> {
    view! {
        <a class="btn" href=paths::duplicate_credential(id, list)><Icon name="copy-plus" />"Duplicate"</a>
        <a class="btn" href=paths::delete_credential(id, list)><Icon name="trash-2" />"Delete"</a>
    }
}

/// What the credential is called, and whom the server knows.
#[component]
fn SignInCard(draft: Draft<CredentialDraft>) -> impl IntoView {
    view! {
        <section class="card stack section" aria-labelledby="credential-h">
            <h2 id="credential-h">"Sign-in"</h2>
            <Text
                draft=draft
                field=field!(name)
                label="Credential name"
                help=|| "Shown wherever a credential is chosen. At most 120 characters."
            />
            <Text
                draft=draft
                field=field!(user_name)
                label="User name"
                help=|| "As the server wants it: often a whole e-mail address, or DOMAIN\\name."
            />
        </section>
    }
}
