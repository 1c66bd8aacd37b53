//! Deleting a network connector: the page names it and says what follows. It can be restored for 30 days.

use leptos::prelude::*;
use model::{ConnectorForm, ConnectorId};

use crate::api::FormInit;
use crate::components::delete::DeleteForm;
use crate::paths;

#[component]
pub fn Delete(id: ConnectorId, init: FormInit<ConnectorForm, ()>, list: String) -> impl IntoView {
    let FormInit { data: ConnectorForm { draft, uses, .. }, restored } = init;
    view! {
        <DeleteForm
            name=draft.name
            kind="network connector"
            effect="Its credential stays."
            uses=uses
            refused=restored.and_then(|restored| restored.problem)
            action="/api/delete_connector"
            id=id.0
            edit=paths::edit_connector(id, &list)
            list=list
        />
    }
}
