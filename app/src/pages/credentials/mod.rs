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

/// The pages of credentials.
#[derive(Clone, Copy)]
pub enum CredentialPages {
    List,
    New,
    Edit,
    Duplicate,
    Delete,
}

#[lazy_route]
impl LazyRoute for CredentialPages {
    fn data() -> Self {
        Self::List
    }

    fn view(page: Self) -> AnyView {
        let id = super::credential_in(&use_params_map().get_untracked());
        let list = super::query();
        match page {
            CredentialPages::List => list_page::<CredentialFilter>(),
            CredentialPages::New => form(FormFor::New, list),
            CredentialPages::Edit => form(FormFor::Edit(id), list),
            CredentialPages::Duplicate => form(FormFor::Duplicate(id), list),
            CredentialPages::Delete => loaded_page(
                move || load_credential_to_delete(id),
                move |init| view! { <delete::Delete id=id init=init list=list.clone() /> }.into_any(),
            ),
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
