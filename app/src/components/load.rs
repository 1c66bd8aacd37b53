//! A page whose content is loaded first. Where that fails the page says so.

use std::future::Future;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::page::{Shared, mark_started};
use super::problem::PageNotLoaded;
use crate::api::Fail;

/// To be called by the part of a page that is split off: what reads the answer stays out of the first load.
pub fn loaded_page<T, L>(
    load: impl Fn() -> L + Send + Sync + 'static,
    content: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    L: Future<Output = Result<T, Fail>> + Send + 'static,
{
    mark_started(expect_context::<Shared>());
    let loaded = Resource::new(|| (), move |()| load());
    let shown = move || {
        Some(match loaded.get()? {
            Err(Fail(problem)) => {
                let retry = Callback::new(move |()| loaded.refetch());
                view! { <PageNotLoaded problem=problem retry=retry /> }.into_any()
            }
            Ok(data) => content(data),
        })
    };
    view! { <Suspense>{shown}</Suspense> }.into_any()
}
