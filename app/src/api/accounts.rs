//! SMTP accounts: the report, the form, and what the form's buttons do.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{AccountDraft, AccountFilter, AccountForm, AccountId, AccountPage, Column, PageSize, Saved};

use super::{Fail, FormFor, FormInit, Notice};

/// One page of the report, as the filter asks.
#[server(endpoint = "list_accounts", input = Json)]
pub async fn list_accounts(filter: AccountFilter) -> Result<AccountPage, Fail> {
    use crate::ssr;
    ssr::loaded(ssr::backend().list_accounts(&ssr::actor()?, &filter).await)
}

impl FormFor<AccountId> {
    /// The page of the form.
    pub fn page(self, list: &str) -> String {
        match self {
            Self::New => crate::paths::new_account(list),
            Self::Edit(id) => crate::paths::edit_account(id, list),
            Self::Duplicate(id) => crate::paths::duplicate_account(id, list),
        }
    }
}

/// The form's beginning.
#[server(endpoint = "load_account_form", input = Json)]
pub async fn load_account_form(form: FormFor<AccountId>) -> Result<FormInit<AccountForm, AccountDraft>, Fail> {
    use crate::ssr;
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let loaded = match form {
        FormFor::New => backend.new_account(&actor).await,
        FormFor::Edit(id) => backend.find_account(&actor, id).await,
        FormFor::Duplicate(id) => backend.copy_of_account(&actor, id).await,
    };
    ssr::load_form(loaded, &form.page("")).await
}

/// Saves the form. `list` is the query of the list to go back to.
#[server(endpoint = "save_account")]
pub async fn save_account(
    form: FormFor<AccountId>,
    #[server(default)] version: i64,
    draft: AccountDraft,
    #[server(default)] list: String,
) -> Result<Saved, Fail> {
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let result = match form.edited() {
        Some(id) => backend.update_account(&actor, id, version, &draft).await,
        None => backend.create_account(&actor, &draft).await,
    };
    let next = |saved: &Saved| ssr::Next::without_wasm(paths::report(&list)).saying(saved.to_string());
    let saved = ssr::saved(result, &form.page(&list), draft, version).await?;
    next(&saved).follow().await;
    Ok(saved)
}

/// Deletes an account; it can be brought back for 30 days.
#[server(endpoint = "delete_account")]
pub async fn delete_account(id: AccountId, #[server(default)] list: String) -> Result<Notice, Fail> {
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let undo = Some(super::Undo::Deleted(id));
    let result = backend.delete_account(&actor, id).await;
    let result = result.map(|name| Notice { text: format!("“{name}” is deleted."), undo });
    // A refusal is told on the form as it is saved.
    let form = backend.find_account(&actor, id).await.unwrap_or_default();
    let next = |notice: &Notice| ssr::Next::without_wasm(paths::report(&list)).telling(notice.clone());
    ssr::answer_form(result, &paths::edit_account(id, &list), form.draft, next).await
}

/// Brings a deleted account back, under another name if its own was taken meanwhile.
#[server(endpoint = "restore_account")]
pub async fn restore_account(
    id: AccountId,
    #[server(default)] name: String,
    #[server(default)] list: String,
) -> Result<Saved, Fail> {
    use crate::{paths, ssr};
    let wanted = (!name.trim().is_empty()).then_some(name.as_str());
    let result = ssr::backend().restore_account(&ssr::actor()?, id, wanted).await;
    let next =
        |saved: &Saved| ssr::Next::without_wasm(paths::report(&list)).saying(format!("“{}” is back.", saved.name));
    ssr::answer_form(result, &paths::restore_account(id, &list), name, next).await
}

/// The name that was typed for a deleted account, and why it could not be taken.
#[server(endpoint = "load_restore_form", input = Json)]
pub async fn load_restore_form(id: AccountId) -> Result<FormInit<String, String>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().deleted_account_name(&ssr::actor()?, id).await, &paths::restore_account(id, "")).await
}

/// Keeps with the person which columns show and how many rows a page has.
#[server(endpoint = "save_preferences")]
pub async fn save_preferences(
    #[server(default)] columns: Vec<Column>,
    page_size: PageSize,
    #[server(default)] list: String,
) -> Result<(), Fail> {
    use model::Filter;

    use crate::{paths, ssr};
    let preferences = model::Preferences { columns: model::account_filter::shown_columns(&columns), page_size };
    let result = ssr::backend().save_preferences(&ssr::actor()?, preferences).await;
    // What was chosen just now wins over what the address says about it.
    let filter = AccountFilter { page_size: None, columns: None, page: 1, ..AccountFilter::from_query(&list) };
    let next = ssr::Next::to(paths::report(&filter.to_query()));
    ssr::answer_form(result, &paths::preferences(&list), (), |()| next).await
}

/// The choices as they are kept.
#[server(endpoint = "load_preferences", input = Json)]
pub async fn load_preferences() -> Result<model::Preferences, Fail> {
    use crate::ssr;
    ssr::loaded(ssr::backend().find_preferences(&ssr::actor()?).await)
}
