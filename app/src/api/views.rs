//! Views of the report: the form that saves one, and deleting it.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{ViewDraft, ViewForm, ViewId};

use super::{Fail, FormFor, FormInit};

impl FormFor<ViewId> {
    /// The page of the form.
    pub fn page(self, list: &str) -> String {
        match self.edited() {
            None => crate::paths::new_view(list),
            Some(id) => crate::paths::edit_view(id),
        }
    }
}

/// The form's beginning. `list` is the query of what the list shows.
#[server(endpoint = "load_view_form", input = Json)]
pub async fn load_view_form(form: FormFor<ViewId>, list: String) -> Result<FormInit<ViewForm, ViewDraft>, Fail> {
    use model::Filter;

    use crate::ssr;
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let data = ssr::loaded(match form.edited() {
        None => backend.new_view(&actor, &model::AccountFilter::from_query(&list)).await,
        Some(id) => backend.find_view(&actor, id).await,
    })?;
    Ok(FormInit { data, restored: ssr::take_form(&form.page("")).await })
}

/// Saves the form, and shows the view.
#[server(endpoint = "save_view")]
pub async fn save_view(form: FormFor<ViewId>, draft: ViewDraft, #[server(default)] list: String) -> Result<(), Fail> {
    use model::Filter;

    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let result = match form.edited() {
        None => backend.create_view(&actor, &model::AccountFilter::from_query(&list), &draft).await,
        Some(id) => backend.update_view(&actor, id, &draft).await,
    };
    let saved = ssr::answered(&form.page(&list), draft, result).await?;
    ssr::tell(&super::Notice::says(format!("The view “{}” is saved.", saved.name))).await;
    ssr::go_to(&paths::report(&saved.query));
    Ok(())
}

/// Has one's own view show this list from now on.
#[server(endpoint = "replace_view")]
pub async fn replace_view(id: ViewId, #[server(default)] list: String) -> Result<(), Fail> {
    use model::Filter;

    use crate::{paths, ssr};
    let result = ssr::backend().replace_view(&ssr::actor()?, id, &model::AccountFilter::from_query(&list)).await;
    let saved = ssr::answered(&paths::new_view(&list), ViewDraft::default(), result).await?;
    ssr::tell(&super::Notice::says(format!("The view “{}” shows this list from now on.", saved.name))).await;
    ssr::go_to(&paths::report(&saved.query));
    Ok(())
}

/// Deletes a view; it can be brought back for 30 days.
#[server(endpoint = "delete_view")]
pub async fn delete_view(id: ViewId) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let result = backend.delete_view(&actor, id).await;
    let form = backend.find_view(&actor, id).await;
    let draft = form.map(|form| form.draft).unwrap_or_default();
    let name = ssr::answered(&paths::edit_view(id), draft, result).await?;
    let text = format!("The view “{name}” is deleted.");
    ssr::tell(&super::Notice::deleted(text, model::RecordKind::View, id.0)).await;
    ssr::go_to(paths::REPORT);
    Ok(())
}
