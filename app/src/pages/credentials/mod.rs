//! Credentials: the list, the form, and deleting one.

mod delete;
mod destinations;
mod form;
mod list;
mod secret;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::lazy_route;
use model::CredentialFilter;

use crate::api::credentials::{CredentialFormFor, load_credential_form, load_credential_to_delete};
use crate::components::list::page::list_page;
use crate::components::load::loaded_page;

/// The query of the address.
fn query() -> String {
    use_location().search.get_untracked().trim_start_matches('?').to_owned()
}

fn page(form: CredentialFormFor) -> AnyView {
    let list = query();
    let asked = list.clone();
    loaded_page(
        move || load_credential_form(form, asked.clone()),
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
        list_page::<CredentialFilter>()
    }
}

pub struct NewPage;

#[lazy_route]
impl LazyRoute for NewPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(CredentialFormFor::New)
    }
}

pub struct EditPage;

#[lazy_route]
impl LazyRoute for EditPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(CredentialFormFor::Edit(super::credential_in(&use_params_map().get_untracked())))
    }
}

pub struct DuplicatePage;

#[lazy_route]
impl LazyRoute for DuplicatePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(CredentialFormFor::Duplicate(super::credential_in(&use_params_map().get_untracked())))
    }
}

pub struct DeletePage;

#[lazy_route]
impl LazyRoute for DeletePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let id = super::credential_in(&use_params_map().get_untracked());
        let list = query();
        loaded_page(
            move || load_credential_to_delete(id),
            move |begun| view! { <delete::Delete id=id begun=begun list=list.clone() /> }.into_any(),
        )
    }
}
