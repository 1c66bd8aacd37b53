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
    let data = ssr::loaded(ssr::backend().preview_change(&ssr::actor()?, &selection, kind).await)?;
    Ok(FormInit { data, restored: ssr::take_form(paths::CHANGE).await })
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
    let changed = ssr::answered(&paths::change(&chosen, kind, &list), (), result).await?;
    ssr::tell(&Notice { text: changed.to_string(), undo: changed.id.map(Undo::Change) }).await;
    ssr::go_to(&paths::report(&list));
    Ok(changed)
}

/// Takes a change back.
#[server(endpoint = "undo_change")]
pub async fn undo_change(id: ChangeId, #[server(default)] list: String) -> Result<Undone, Fail> {
    use crate::api::Notice;
    use crate::{paths, ssr};
    let back = paths::report(&list);
    let undone = match ssr::backend().undo_change(&ssr::actor()?, id).await {
        Ok(undone) => undone,
        // There is no form to show again: the list says why.
        Err(problem) => {
            ssr::tell(&Notice::says(problem.to_string())).await;
            ssr::go_to_without_wasm(&back);
            return Err(problem.into());
        }
    };
    ssr::tell(&Notice::says(undone.to_string())).await;
    ssr::go_to(&back);
    Ok(undone)
}
