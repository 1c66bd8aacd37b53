//! A test of several accounts.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{BatchForm, BatchId, BatchPage, TestSendDraft};

use super::{Fail, FormInit};

/// What would be tested. `chosen` is the query of a selection.
#[server(endpoint = "load_batch_form", input = Json)]
pub async fn load_batch_form(chosen: String) -> Result<FormInit<BatchForm, TestSendDraft>, Fail> {
    use crate::{paths, ssr};
    let selection = model::Selection::from_query(&chosen);
    ssr::load_form(ssr::backend().preview_batch(&ssr::actor()?, &selection).await, paths::TEST_SEVERAL).await
}

/// Begins to test them. `list` is the query of the list to go back to.
#[server(endpoint = "begin_batch")]
pub async fn begin_batch(
    #[server(default)] chosen: String,
    draft: TestSendDraft,
    #[server(default)] list: String,
) -> Result<BatchId, Fail> {
    use crate::{paths, ssr};
    let selection = model::Selection::from_query(&chosen);
    let result = ssr::backend().begin_batch(&ssr::actor()?, &selection, &draft).await;
    let next = |id: &BatchId| ssr::Next::to(paths::batch(*id, &list));
    ssr::answer_form(result, &paths::test_several(&chosen, &list), draft, next).await
}

/// How far it is.
#[server(endpoint = "load_batch", input = Json)]
pub async fn load_batch(id: BatchId) -> Result<FormInit<BatchPage, ()>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().find_batch(&ssr::actor()?, id).await, &paths::batch(id, "")).await
}

/// Breaks it off.
#[server(endpoint = "cancel_batch")]
pub async fn cancel_batch(id: BatchId, #[server(default)] list: String) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().cancel_batch(&ssr::actor()?, id).await;
    let page = paths::batch(id, &list);
    ssr::answer_form(result, &page, (), |()| ssr::Next::to(&page)).await
}
