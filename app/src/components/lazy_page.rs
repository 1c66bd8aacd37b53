//! Pages of one kind of record are loaded as one part, when the first of them is opened: they share most of what they
//! are made of. Which of them it is, the route itself says.

use leptos::prelude::*;
use leptos_router::{ChooseView, LazyRoute};

/// The view of a route: one page of a part that is split off.
#[derive(Clone, Copy)]
pub struct LazyPage<P> {
    page: P,
}

/// The view of a route that shows this page. [`leptos_router::Lazy`] would make the page by itself, whatever the route.
pub const fn lazy<P>(page: P) -> LazyPage<P> {
    LazyPage { page }
}

impl<P: LazyRoute + Copy + Sync> ChooseView for LazyPage<P> {
    async fn choose(self) -> AnyView {
        P::view(self.page).await
    }

    async fn preload(&self) {
        P::preload().await;
    }
}
