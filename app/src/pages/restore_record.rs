//! Bringing a deleted credential, connector, schedule or view back where its name was taken meanwhile.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::{LazyRoute, lazy_route};

use super::restore::RestoreForm;
use crate::api::Fail;
use crate::api::deleted::{DeletedForm, load_deleted_record};
use crate::components::page::{Shared, mark_started};
use crate::components::problem::PageNotLoaded;
use crate::paths;

pub struct RestoreRecordPage;

#[lazy_route]
impl LazyRoute for RestoreRecordPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        mark_started(expect_context::<Shared>());
        let params = use_params_map().get_untracked();
        let id = super::number(&params, "id");
        let kind = params.get("kind").unwrap_or_default();
        let list = use_location().search.get_untracked().trim_start_matches('?').to_owned();
        let form = Resource::new(|| (), move |()| load_deleted_record(kind.clone(), id));
        let page = move || {
            Some(match form.get()? {
                Err(Fail(problem)) => {
                    let retry = Callback::new(move |()| form.refetch());
                    view! { <PageNotLoaded problem=problem retry=retry /> }.into_any()
                }
                Ok(DeletedForm { kind, init }) => {
                    let back = paths::list_of(kind, &list);
                    view! { <RestoreForm what=kind.key() kind=kind id=id init=init list=list.clone() back=back /> }
                        .into_any()
                }
            })
        };
        view! { <Suspense>{page}</Suspense> }.into_any()
    }
}
