//! Credentials: the list, the form, and deleting one.

mod delete;
mod destinations;
mod form;
mod list;
mod pasted;
mod secret;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use model::{CredentialFilter, CredentialId};

use crate::api::FormFor;
use crate::api::credentials::{load_credential_form, load_credential_to_delete};
use crate::components::list::page::list_page;
use crate::components::load::loaded_page;

/// Every page of credentials is of one part, so that they share what they load: the address says which.
pub struct CredentialPages;

#[lazy_route]
impl LazyRoute for CredentialPages {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let id = super::credential_in(&use_params_map().get_untracked());
        let (page, list) = super::address();
        match page.as_str() {
            "new" => form(FormFor::New, list),
            "edit" => form(FormFor::Edit(id), list),
            "duplicate" => form(FormFor::Duplicate(id), list),
            "delete" => loaded_page(
                move || load_credential_to_delete(id),
                move |init| view! { <delete::Delete id=id init=init list=list.clone() /> }.into_any(),
            ),
            _ => list_page::<CredentialFilter>(),
        }
    }
}

fn form(form: FormFor<CredentialId>, list: String) -> AnyView {
    let asked = list.clone();
    loaded_page(
        move || load_credential_form(form, asked.clone()),
        move |init| view! { <form::Form form=form init=init list=list.clone() /> }.into_any(),
    )
}
