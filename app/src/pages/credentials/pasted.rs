//! What becomes of characters that were pasted along with the user name or the secret: asked where there are any.

use leptos::prelude::*;
use model::{CredentialDraft, Pasted, PastedAnswer, SecretAnswer};

use super::secret::SecretFields;
use crate::components::choice::{Choice, PickField};
use crate::components::form::draft::{Draft, field};

#[component]
pub fn PastedField(draft: Draft<CredentialDraft>, fields: SecretFields) -> impl IntoView {
    let found = Memo::new(move |_| {
        let in_name = draft.answers.with(|answers| Pasted::UserName.found_in(answers.user_name.trim()));
        let is_typed = fields.answer.get() == SecretAnswer::Replace;
        let in_secret = is_typed.then(|| fields.secret.with(|secret| Pasted::Secret.found_in(secret))).flatten();
        [in_name, in_secret].into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    // One of the user name, and one of the secret.
    let error = Memo::new(move |_| {
        let messages =
            |field: &model::FieldError| (field.field == CredentialDraft::PASTED).then(|| field.message.clone());
        let messages: Vec<_> = draft.errors.with(|errors| errors.0.iter().filter_map(messages).collect());
        (!messages.is_empty()).then(|| messages.join(" "))
    });
    let answer = draft.answer(field!(pasted));
    let is_asked = Memo::new(move |_| {
        !found.with(String::is_empty) || error.with(Option::is_some) || answer.get() != PastedAnswer::Ask
    });
    let choice = |answer, key, label, words: &str| Choice { answer, key, label, words: words.to_owned() };
    let choices = move || {
        vec![
            choice(
                PastedAnswer::TakeOut,
                "TakeOut",
                "Take them out",
                "Curly quotation marks become straight ones, unusual spaces usual ones.",
            ),
            choice(PastedAnswer::Keep, "Keep", "Keep as pasted", "They belong to it, and are sent to the server."),
        ]
    };
    let field = move || {
        view! {
            <PickField
                name=CredentialDraft::PASTED
                form_name="draft[pasted]"
                label="Characters that were pasted along"
                help=move || move || if error.with(Option::is_some) { String::new() } else { found.get() }
                choices=choices()
                chosen=answer
                error=error
                on_change=Callback::new(move |chosen| draft.set(field!(pasted), chosen))
            />
        }
    };
    move || is_asked.get().then(field)
}
