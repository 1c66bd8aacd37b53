//! The form "SMTP server settings": New, Edit and Duplicate.

mod cards;
mod fields;
mod form;
mod stale;
mod wire;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::lazy_route;
use model::{AccountDraft, AccountForm};

use crate::api::accounts::{FormFor, load_account_form};
use crate::api::{Begun, Fail};
use crate::components::page::{Shared, mark_started};
use crate::components::problem::PageNotLoaded;

/// The form is loaded by the split part: what reads its answer stays out of the first load.
fn page(form: FormFor) -> AnyView {
    mark_started(expect_context::<Shared>());
    let loaded: Resource<Result<Begun<AccountForm, AccountDraft>, Fail>> =
        Resource::new(|| (), move |()| load_account_form(form));
    let list = use_location().search.get_untracked().trim_start_matches('?').to_owned();
    let content = move || {
        Some(match loaded.get()? {
            Err(Fail(problem)) => {
                let retry = Callback::new(move |()| loaded.refetch());
                view! { <PageNotLoaded problem=problem retry=retry /> }.into_any()
            }
            Ok(begun) => view! { <form::Form form=form begun=begun list=list.clone() /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }.into_any()
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
