//! Credentials: the list, the form, and deleting one. The form holds no secret; a secret goes one way.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{
    CredentialDraft, CredentialFilter, CredentialForm, CredentialId, CredentialPage, Named, SecretAnswer,
    SecretReference,
};
use serde::{Deserialize, Serialize};

use super::secret::Password;
use super::{Fail, FormFor, FormInit};

/// One page of the list, as the filter asks.
#[server(endpoint = "list_credentials", input = Json)]
pub async fn list_credentials(filter: CredentialFilter) -> Result<CredentialPage, Fail> {
    use crate::ssr;
    ssr::loaded(ssr::backend().list_credentials(&ssr::actor()?, &filter).await)
}

impl FormFor<CredentialId> {
    /// The page of the form.
    pub fn page(self, list: &str) -> String {
        match self {
            Self::New => crate::paths::new_credential(list),
            Self::Edit(id) => crate::paths::edit_credential(id, list),
            Self::Duplicate(id) => crate::paths::duplicate_credential(id, list),
        }
    }
}

/// What was typed, all but the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypedCredential {
    pub draft: CredentialDraft,
    pub answer: SecretAnswer,
    pub reference: String,
}

impl TypedCredential {
    /// What stands where a reference is asked for and is none may be the secret itself: it is not kept.
    pub fn new(draft: CredentialDraft, answer: SecretAnswer, reference: String) -> Self {
        let reference = SecretReference::parse(&reference).map_or_else(|_| String::new(), |_| reference);
        Self { draft, answer, reference }
    }
}

/// The form's beginning. `list` is the query of its address.
#[server(endpoint = "load_credential_form", input = Json)]
pub async fn load_credential_form(
    form: FormFor<CredentialId>,
    list: String,
) -> Result<FormInit<CredentialForm, TypedCredential>, Fail> {
    use crate::api::registration::credential_for;
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let mut data = ssr::loaded(match form {
        FormFor::New => backend.new_credential(&actor).await,
        FormFor::Edit(id) => backend.find_credential(&actor, id).await,
        FormFor::Duplicate(id) => backend.copy_of_credential(&actor, id).await,
    })?;
    if let Some(account) = paths::waiting_form(&list)
        && let Some(restored) = ssr::peek_form(&account).await
    {
        data.draft = credential_for(&restored.draft);
    }
    ssr::load_form(Ok(data), &form.page("")).await
}

/// Saves the form. `list` is the query of its address: the list to go back to, or the account that waits for it.
#[server(endpoint = "save_credential")]
pub async fn save_credential(
    form: FormFor<CredentialId>,
    #[server(default)] version: i64,
    draft: CredentialDraft,
    #[server(default)] answer: SecretAnswer,
    #[server(default)] secret: Password,
    #[server(default)] reference: String,
    #[server(default)] list: String,
) -> Result<Named<CredentialId>, Fail> {
    use crate::api::registration::choose_credential;
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let typed = ssr::typed_secret(answer, secret, reference.clone());
    let result = match form.edited() {
        Some(id) => backend.update_credential(&actor, id, version, &draft, typed).await,
        None => backend.create_credential(&actor, &draft, typed).await,
    };
    let typed = TypedCredential::new(draft, answer, reference);
    let saved = ssr::saved(result, &form.page(&list), typed, version).await?;
    if let Some(account) = paths::waiting_form(&list) {
        ssr::change_form(&account, |draft| choose_credential(draft, saved.id)).await;
    }
    let next = ssr::Next::without_wasm(paths::after_credential(&list));
    next.saying(format!("“{}” is saved.", saved.name)).follow().await;
    Ok(saved)
}

/// Deletes a credential; it can be brought back for 30 days.
#[server(endpoint = "delete_credential")]
pub async fn delete_credential(id: CredentialId, #[server(default)] list: String) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().delete_credential(&ssr::actor()?, id).await;
    let notice = |name: &String| super::Notice::deleted(name, model::RecordKind::Credential, id.0);
    let next = |name: &String| ssr::Next::to(paths::credentials(&list)).telling(notice(name));
    ssr::answer_form(result, &paths::delete_credential(id, &list), (), next).await.map(drop)
}

/// The credential that is to be deleted, with what uses it.
#[server(endpoint = "load_credential_to_delete", input = Json)]
pub async fn load_credential_to_delete(id: CredentialId) -> Result<FormInit<CredentialForm, ()>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().find_credential(&ssr::actor()?, id).await, &paths::delete_credential(id, "")).await
}
