//! The form "SMTP server settings": New, Edit and Duplicate.

mod cards;
mod form;
mod permit;
mod server;
mod sign_in;
mod stale;
mod wire;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::lazy_route;

use crate::api::accounts::{FormFor, load_account_form};
use crate::components::load::loaded_page;

fn page(form: FormFor) -> AnyView {
    let list = use_location().search.get_untracked().trim_start_matches('?').to_owned();
    loaded_page(
        move || load_account_form(form),
        move |begun| view! { <form::Form form=form begun=begun list=list.clone() /> }.into_any(),
    )
}

pub struct NewPage;

#[lazy_route]
impl LazyRoute for NewPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(FormFor::New)
    }
}

pub struct EditPage;

#[lazy_route]
impl LazyRoute for EditPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(FormFor::Edit(super::account_in(&use_params_map().get_untracked())))
    }
}

pub struct DuplicatePage;

#[lazy_route]
impl LazyRoute for DuplicatePage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        page(FormFor::Duplicate(super::account_in(&use_params_map().get_untracked())))
    }
}
