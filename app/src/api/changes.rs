//! Several accounts at once: what a change would do, the change, and its Undo.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{ChangeId, ChangeKind, ChangePreview, Changed, Undone};

use super::{Fail, FormInit};

/// What a change would do, and why it was refused before. `chosen` is the query of a selection.
#[server(endpoint = "load_change", input = Json)]
pub async fn load_change(chosen: String, kind: ChangeKind) -> Result<FormInit<ChangePreview, ()>, Fail> {
    use crate::{paths, ssr};
    let selection = model::Selection::from_query(&chosen);
    ssr::load_form(ssr::backend().preview_change(&ssr::actor()?, &selection, kind).await, paths::CHANGE).await
}

/// Makes the change. `list` is the query of the list to go back to.
#[server(endpoint = "change_accounts")]
pub async fn change_accounts(
    #[server(default)] chosen: String,
    kind: ChangeKind,
    #[server(default)] list: String,
) -> Result<Changed, Fail> {
    use crate::api::{Notice, Undo};
    use crate::{paths, ssr};
    let selection = model::Selection::from_query(&chosen);
    let result = ssr::backend().change_accounts(&ssr::actor()?, &selection, kind).await;
    let notice = |changed: &Changed| Notice { text: changed.to_string(), undo: changed.id.map(Undo::Change) };
    let next = |changed: &Changed| ssr::Next::to(paths::report(&list)).telling(notice(changed));
    ssr::answer_form(result, &paths::change(&chosen, kind, &list), (), next).await
}

/// Takes a change back.
#[server(endpoint = "undo_change")]
pub async fn undo_change(id: ChangeId, #[server(default)] list: String) -> Result<Undone, Fail> {
    use crate::{paths, ssr};
    let (result, back) = (ssr::backend().undo_change(&ssr::actor()?, id).await, paths::report(&list));
    let next = match &result {
        Ok(undone) => ssr::Next::to(back).saying(undone.to_string()),
        // There is no form to show again: the list says why.
        Err(problem) => ssr::Next::without_wasm(back).saying(problem.to_string()),
    };
    next.follow().await;
    result.map_err(Fail)
}
