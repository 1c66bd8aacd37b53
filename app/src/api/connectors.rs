//! Network connectors: the list, the form, deleting one, and what a proxy answers.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{
    CheckDraft, ConnectorCheck, ConnectorDraft, ConnectorFilter, ConnectorForm, ConnectorId, ConnectorPage,
    SavedConnector,
};
use serde::{Deserialize, Serialize};

use super::{Fail, FormFor, FormInit};

/// One page of the list, as the filter asks.
#[server(endpoint = "list_connectors", input = Json)]
pub async fn list_connectors(filter: ConnectorFilter) -> Result<ConnectorPage, Fail> {
    use crate::ssr;
    ssr::loaded(ssr::backend().list_connectors(&ssr::actor()?, &filter).await)
}

impl FormFor<ConnectorId> {
    /// The page of the form.
    pub fn page(self, list: &str) -> String {
        match self.edited() {
            None => crate::paths::new_connector(list),
            Some(id) => crate::paths::edit_connector(id, list),
        }
    }
}

/// The form's beginning.
#[server(endpoint = "load_connector_form", input = Json)]
pub async fn load_connector_form(form: FormFor<ConnectorId>) -> Result<FormInit<ConnectorForm, ConnectorDraft>, Fail> {
    use crate::ssr;
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let loaded = match form.edited() {
        None => backend.new_connector(&actor).await,
        Some(id) => backend.find_connector(&actor, id).await,
    };
    ssr::load_form(loaded, &form.page("")).await
}

/// Saves the form. `list` is the query of its address: the list to go back to, or the account that waits for it.
#[server(endpoint = "save_connector")]
pub async fn save_connector(
    form: FormFor<ConnectorId>,
    #[server(default)] version: i64,
    draft: ConnectorDraft,
    #[server(default)] list: String,
) -> Result<SavedConnector, Fail> {
    use crate::api::registration::choose_connector;
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let result = match form.edited() {
        None => backend.create_connector(&actor, &draft).await,
        Some(id) => backend.update_connector(&actor, id, version, &draft).await,
    };
    let saved = ssr::saved(result, &form.page(&list), draft, version).await?;
    if let Some(account) = paths::waiting_form(&list) {
        ssr::change_form(&account, |draft| choose_connector(draft, saved.id)).await;
    }
    ssr::Next::without_wasm(paths::after_connector(&list)).saying(saved.to_string()).follow().await;
    Ok(saved)
}

/// Deletes a connector; it can be brought back for 30 days.
#[server(endpoint = "delete_connector")]
pub async fn delete_connector(id: ConnectorId, #[server(default)] list: String) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().delete_connector(&ssr::actor()?, id).await;
    let notice = |name: &String| super::Notice::deleted(name, model::RecordKind::Connector, id.0);
    let next = |name: &String| ssr::Next::to(paths::connectors(&list)).telling(notice(name));
    ssr::answer_form(result, &paths::delete_connector(id, &list), (), next).await.map(drop)
}

/// The connector that is to be deleted, with what uses it.
#[server(endpoint = "load_connector_to_delete", input = Json)]
pub async fn load_connector_to_delete(id: ConnectorId) -> Result<FormInit<ConnectorForm, ()>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().find_connector(&ssr::actor()?, id).await, &paths::delete_connector(id, "")).await
}

/// What was asked of a proxy, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    pub asked: CheckDraft,
    /// None where nothing was asked yet.
    pub found: Option<ConnectorCheck>,
}

/// The page *Check*: the connector, and what was asked last where the page was posted without WebAssembly.
#[server(endpoint = "load_connector_check", input = Json)]
pub async fn load_connector_check(id: ConnectorId) -> Result<FormInit<ConnectorForm, Checked>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().find_connector(&ssr::actor()?, id).await, &paths::check_connector(id, "")).await
}

/// Reaches a host and port through the proxy. Answers when the proxy has, whatever it said.
#[server(endpoint = "check_connector")]
pub async fn check_connector(
    id: ConnectorId,
    draft: CheckDraft,
    #[server(default)] list: String,
) -> Result<ConnectorCheck, Fail> {
    use crate::{paths, ssr};
    let page = paths::check_connector(id, &list);
    let result = ssr::backend().check_connector(&ssr::actor()?, id, &draft).await;
    let found = ssr::answered(result, &page, Checked { asked: draft.clone(), found: None }).await?;
    ssr::show_again(&page, Checked { asked: draft, found: Some(found.clone()) }).await;
    Ok(found)
}
