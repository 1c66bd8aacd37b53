//! Deleting a network connector cannot be undone: the page names it and the effect. What is in use stays.

use leptos::prelude::*;
use model::{ConnectorForm, ConnectorId};

use crate::api::FormInit;
use crate::components::delete::DeleteForm;
use crate::paths;

#[component]
pub fn Delete(id: ConnectorId, begun: FormInit<ConnectorForm, ()>, list: String) -> impl IntoView {
    let FormInit { data: ConnectorForm { draft, uses, .. }, kept } = begun;
    view! {
        <DeleteForm
            name=draft.name
            kind="network connector"
            effect="Its credential stays."
            uses=uses
            refused=kept.and_then(|kept| kept.problem)
            action="/api/delete_connector"
            id=id.0
            edit=paths::edit_connector(id, &list)
            list=list
        />
    }
}
