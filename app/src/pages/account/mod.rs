//! The form "SMTP server settings": New, Edit and Duplicate.

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
use crate::components::problem::NotLoaded;

type Loaded = Resource<Result<Begun<AccountForm, AccountDraft>, Fail>>;

fn load(form: FormFor) -> Loaded {
    Resource::new(|| (), move |()| load_account_form(form))
}

fn page(form: FormFor, loaded: Loaded) -> AnyView {
    mark_started(expect_context::<Shared>());
    let list = use_location().search.get_untracked().trim_start_matches('?').to_owned();
    let content = move || {
        Some(match loaded.get()? {
            Err(Fail(problem)) => {
                let retry = Callback::new(move |()| loaded.refetch());
                view! { <NotLoaded problem=problem retry=retry /> }.into_any()
            }
            Ok(begun) => view! { <form::Form form=form begun=begun list=list.clone() /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }.into_any()
}

pub struct NewPage {
    loaded: Loaded,
}

#[lazy_route]
impl LazyRoute for NewPage {
    fn data() -> Self {
        Self { loaded: load(FormFor::New) }
    }

    fn view(this: Self) -> AnyView {
        page(FormFor::New, this.loaded)
    }
}

pub struct EditPage {
    form: FormFor,
    loaded: Loaded,
}

#[lazy_route]
impl LazyRoute for EditPage {
    fn data() -> Self {
        let form = FormFor::Edit(super::account_in(&use_params_map().get_untracked()));
        Self { form, loaded: load(form) }
    }

    fn view(this: Self) -> AnyView {
        page(this.form, this.loaded)
    }
}

pub struct DuplicatePage {
    form: FormFor,
    loaded: Loaded,
}

#[lazy_route]
impl LazyRoute for DuplicatePage {
    fn data() -> Self {
        let form = FormFor::Duplicate(super::account_in(&use_params_map().get_untracked()));
        Self { form, loaded: load(form) }
    }

    fn view(this: Self) -> AnyView {
        page(this.form, this.loaded)
    }
}
