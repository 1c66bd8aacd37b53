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

/// Every page of network connectors is of one part, so that they share what they load: the address says which.
pub struct ConnectorPages;

#[lazy_route]
impl LazyRoute for ConnectorPages {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let id = super::connector_in(&use_params_map().get_untracked());
        let (page, list) = super::address();
        match page.as_str() {
            "new" => form(FormFor::New, list),
            "edit" => form(FormFor::Edit(id), list),
            "delete" => loaded_page(
                move || load_connector_to_delete(id),
                move |init| view! { <delete::Delete id=id init=init list=list.clone() /> }.into_any(),
            ),
            "check" => loaded_page(
                move || load_connector_check(id),
                move |init| view! { <check::Check id=id init=init list=list.clone() /> }.into_any(),
            ),
            _ => list_page::<ConnectorFilter>(),
        }
    }
}

fn form(form: FormFor<ConnectorId>, list: String) -> AnyView {
    loaded_page(
        move || load_connector_form(form),
        move |init| view! { <form::Form form=form init=init list=list.clone() /> }.into_any(),
    )
}
