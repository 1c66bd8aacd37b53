//! Network connectors: the list, the form, deleting one, and checking what a proxy answers.

mod check;
mod delete;
mod form;
mod list;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use model::{ConnectorFilter, ConnectorId};

use crate::api::FormFor;
use crate::api::connectors::{load_connector_check, load_connector_form, load_connector_to_delete};
use crate::components::list::page::list_page;
use crate::components::load::loaded_page;

/// The pages of network connectors.
#[derive(Clone, Copy)]
pub enum ConnectorPages {
    List,
    New,
    Edit,
    Delete,
    Check,
}

#[lazy_route]
impl LazyRoute for ConnectorPages {
    fn data() -> Self {
        Self::List
    }

    fn view(page: Self) -> AnyView {
        let id = super::connector_in(&use_params_map().get_untracked());
        let list = super::query();
        match page {
            ConnectorPages::List => list_page::<ConnectorFilter>(),
            ConnectorPages::New => form(FormFor::New, list),
            ConnectorPages::Edit => form(FormFor::Edit(id), list),
            ConnectorPages::Delete => loaded_page(
                move || load_connector_to_delete(id),
                move |init| view! { <delete::Delete id=id init=init list=list.clone() /> }.into_any(),
            ),
            ConnectorPages::Check => loaded_page(
                move || load_connector_check(id),
                move |init| view! { <check::Check id=id init=init list=list.clone() /> }.into_any(),
            ),
        }
    }
}

fn form(form: FormFor<ConnectorId>, list: String) -> AnyView {
    loaded_page(
        move || load_connector_form(form),
        move |init| view! { <form::Form form=form init=init list=list.clone() /> }.into_any(),
    )
}
