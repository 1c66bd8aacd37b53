//! Network connectors: the list, the form, deleting one, and checking what a proxy answers.

mod check;
mod delete;
mod form;
mod list;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::lazy_route;
use model::{ConnectorFilter, ConnectorId};

use crate::api::connectors::{ConnectorFormFor, load_connector_check, load_connector_form, load_connector_to_delete};
use crate::components::list::page::list_page;
use crate::components::load::loaded_page;

/// The query of the address.
fn query() -> String {
    use_location().search.get_untracked().trim_start_matches('?').to_owned()
}

/// The connector that the address names.
fn connector() -> ConnectorId {
    super::connector_in(&use_params_map().get_untracked())
}

fn page(form: ConnectorFormFor) -> AnyView {
    let list = query();
    loaded_page(
        move || load_connector_form(form),
        move |begun| view! { <form::Form form=form begun=begun list=list.clone() /> }.into_any(),
    )
}

pub struct ListPage;

#[lazy_route]
impl LazyRoute for ListPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        list_page::<ConnectorFilter>()
    }
}

pub struct NewPage;

#[lazy_route]
impl LazyRoute for NewPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(ConnectorFormFor::New)
    }
}

pub struct EditPage;

#[lazy_route]
impl LazyRoute for EditPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(ConnectorFormFor::Edit(connector()))
    }
}

pub struct DeletePage;

#[lazy_route]
impl LazyRoute for DeletePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let (id, list) = (connector(), query());
        loaded_page(
            move || load_connector_to_delete(id),
            move |begun| view! { <delete::Delete id=id begun=begun list=list.clone() /> }.into_any(),
        )
    }
}

pub struct CheckPage;

#[lazy_route]
impl LazyRoute for CheckPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let (id, list) = (connector(), query());
        loaded_page(
            move || load_connector_check(id),
            move |begun| view! { <check::Check id=id begun=begun list=list.clone() /> }.into_any(),
        )
    }
}
