//! A page whose content is loaded first. Where that fails the page says so.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use leptos::serde_json;
use leptos::server::codee::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::page::{Shared, mark_started};
use super::problem::PageNotLoaded;
use crate::api::Fail;

/// What a page begins with, as JSON. It is read from octets, as the answers of server functions are: what reads text
/// instead would be a second copy of each type's reader in the first load.
pub struct PageJson;

impl<T: Serialize> Encoder<T> for PageJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for PageJson {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Self::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}

/// What is loaded on the server for the first render, and asked for by the browser afterwards.
pub fn resource<S, T, L>(
    source: impl Fn() -> S + Send + Sync + 'static,
    load: impl Fn(S) -> L + Send + Sync + 'static,
) -> Resource<T, PageJson>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    L: Future<Output = T> + Send + 'static,
{
    Resource::new_with_options(source, load, false)
}

/// How often a page looks at what goes on.
const LOOK: Duration = Duration::from_secs(1);

/// Loads the data again and again as long as something in it goes on.
pub fn poll_while<T, L>(data: RwSignal<T>, goes_on: fn(&T) -> bool, load: impl Fn() -> L + Copy + 'static)
where
    T: Send + Sync + 'static,
    L: Future<Output = Result<T, Fail>> + 'static,
{
    let goes_on = Memo::new(move |_| data.with(goes_on));
    Effect::new(move |_| {
        if !goes_on.get() {
            return;
        }
        let look = move || {
            leptos::task::spawn_local(async move {
                // What could not be loaded is asked for again.
                if let Ok(newer) = load().await {
                    // The page may have been left meanwhile.
                    data.try_set(newer);
                }
            });
        };
        if let Ok(timer) = set_interval_with_handle(look, LOOK) {
            on_cleanup(move || timer.clear());
        }
    });
}

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
    let loaded = resource(|| (), move |()| load());
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
