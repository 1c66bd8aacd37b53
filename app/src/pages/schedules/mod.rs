//! Schedules: the list, the form, one with its runs, and deleting it.

mod delete;
mod form;
mod list;
mod overview;
mod runs;
mod when;

use leptos::prelude::*;
use leptos_router::LazyRoute;
use leptos_router::hooks::use_params_map;
use leptos_router::lazy_route;
use model::{ScheduleFilter, ScheduleId, query};

use crate::api::FormFor;
use crate::api::schedules::{load_schedule, load_schedule_form, load_schedule_to_delete};
use crate::components::list::page::list_page;
use crate::components::load::loaded_page;

/// Every page of schedules is of one part, so that they share what they load: the address says which.
pub struct SchedulePages;

#[lazy_route]
impl LazyRoute for SchedulePages {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let params = use_params_map().get_untracked();
        let id = ScheduleId(super::number(&params, "id"));
        let (page, list) = super::address();
        match (page.as_str(), params.get("id").is_some()) {
            ("new", _) => form(FormFor::New, list),
            ("edit", _) => form(FormFor::Edit(id), list),
            ("delete", _) => loaded_page(
                move || load_schedule_to_delete(id),
                move |init| view! { <delete::Delete init=init /> }.into_any(),
            ),
            (_, true) => loaded_page(
                move || load_schedule(id),
                move |init| view! { <overview::Overview init=init /> }.into_any(),
            ),
            (_, false) => list_page::<ScheduleFilter>(),
        }
    }
}

/// `list` is the query of the address: for New, it names the report.
fn form(form: FormFor<ScheduleId>, list: String) -> AnyView {
    let report = query::value_in_query(&list, "report").unwrap_or_default();
    loaded_page(
        move || load_schedule_form(form, report.clone()),
        move |init| view! { <form::Form form=form init=init list=list.clone() /> }.into_any(),
    )
}
