//! Deleting a credential: the page names it and the effect. What is in use stays.

use leptos::prelude::*;
use model::{CredentialForm, CredentialId, SecretLocation};

use crate::api::FormInit;
use crate::components::delete::DeleteForm;
use crate::paths;

#[component]
pub fn Delete(id: CredentialId, init: FormInit<CredentialForm, ()>, list: String) -> impl IntoView {
    let FormInit { data: CredentialForm { draft, secret, uses, .. }, restored } = init;
    let effect = match secret {
        SecretLocation::Vault => "Its secret stays sealed in the vault until then, and nothing is sent with it.",
        SecretLocation::Elsewhere(_) => "The secret itself stays where it is kept.",
        SecretLocation::None => "",
    };
    view! {
        <DeleteForm
            name=draft.name
            kind="credential"
            effect=effect
            uses=uses
            refused=restored.and_then(|restored| restored.problem)
            action="/api/delete_credential"
            id=id.0
            edit=paths::edit_credential(id, &list)
            list=list
        />
    }
}
