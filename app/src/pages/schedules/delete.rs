//! Deleting a schedule: the page names it and says what follows. It can be restored for 30 days.

use leptos::prelude::*;
use model::SchedulePage;

use crate::api::FormInit;
use crate::components::delete::DeleteForm;
use crate::paths;

#[component]
pub fn Delete(init: FormInit<SchedulePage, ()>) -> impl IntoView {
    let FormInit { data: SchedulePage { id, name, .. }, restored } = init;
    view! {
        <DeleteForm
            name=name
            kind="schedule"
            effect="It sends nothing meanwhile, and a run that waits is cancelled. Messages that arrived stay where they are. To stop it for a while, pause it."
            uses=Default::default()
            refused=restored.and_then(|restored| restored.problem)
            action="/api/delete_schedule"
            id=id.0
            edit=paths::schedule(id)
            list=String::new()
        />
    }
}
