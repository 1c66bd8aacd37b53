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
    let loaded = match form.edited() {
        None => backend.new_view(&actor, &model::AccountFilter::from_query(&list)).await,
        Some(id) => backend.find_view(&actor, id).await,
    };
    ssr::load_form(loaded, &form.page("")).await
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
    let next = |saved: &model::ViewTab| {
        ssr::Next::to(paths::report(&saved.query)).saying(format!("The view “{}” is saved.", saved.name))
    };
    ssr::answer_form(result, &form.page(&list), draft, next).await.map(drop)
}

/// Has one's own view show this list from now on.
#[server(endpoint = "replace_view")]
pub async fn replace_view(id: ViewId, #[server(default)] list: String) -> Result<(), Fail> {
    use model::Filter;

    use crate::{paths, ssr};
    let result = ssr::backend().replace_view(&ssr::actor()?, id, &model::AccountFilter::from_query(&list)).await;
    let next = |saved: &model::ViewTab| {
        let notice = format!("The view “{}” shows this list from now on.", saved.name);
        ssr::Next::to(paths::report(&saved.query)).saying(notice)
    };
    ssr::answer_form(result, &paths::new_view(&list), ViewDraft::default(), next).await.map(drop)
}

/// Deletes a view; it can be brought back for 30 days.
#[server(endpoint = "delete_view")]
pub async fn delete_view(id: ViewId) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let result = backend.delete_view(&actor, id).await;
    let form = backend.find_view(&actor, id).await;
    let draft = form.map(|form| form.draft).unwrap_or_default();
    let notice = |name: &String| super::Notice::deleted(name, model::RecordKind::View, id.0);
    let next = |name: &String| ssr::Next::to(paths::REPORT).telling(notice(name));
    ssr::answer_form(result, &paths::edit_view(id), draft, next).await.map(drop)
}
