//! The form "SMTP server settings": New, Edit and Duplicate.

mod cards;
mod form;
mod permit;
mod server;
mod sign_in;
mod wire;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use model::{AccountDraft, AccountField};

use crate::api::FormFor;
use crate::api::accounts::load_account_form;
use crate::components::form::draft::FieldAccessor;
use crate::components::load::loaded_page;

/// What the form is opened for.
#[derive(Clone, Copy)]
pub enum AccountFormPage {
    New,
    Edit,
    Duplicate,
}

#[lazy_route]
impl LazyRoute for AccountFormPage {
    fn data() -> Self {
        Self::New
    }

    fn view(page: Self) -> AnyView {
        let id = super::account_in(&use_params_map().get_untracked());
        let list = super::query();
        let form = match page {
            AccountFormPage::New => FormFor::New,
            AccountFormPage::Edit => FormFor::Edit(id),
            AccountFormPage::Duplicate => FormFor::Duplicate(id),
        };
        loaded_page(
            move || load_account_form(form),
            move |init| view! { <form::Form form=form init=init list=list.clone() /> }.into_any(),
        )
    }
}

/// How the form asks for an answer.
fn asked<T>(field: FieldAccessor<AccountDraft, T>) -> &'static str {
    AccountField::question(field.name)
}
