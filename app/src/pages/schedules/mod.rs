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

/// The pages of schedules.
#[derive(Clone, Copy)]
pub enum SchedulePages {
    List,
    New,
    /// One with its runs.
    Overview,
    Edit,
    Delete,
}

#[lazy_route]
impl LazyRoute for SchedulePages {
    fn data() -> Self {
        Self::List
    }

    fn view(page: Self) -> AnyView {
        let id = ScheduleId(super::number(&use_params_map().get_untracked(), "id"));
        let list = super::query();
        match page {
            SchedulePages::List => list_page::<ScheduleFilter>(),
            SchedulePages::New => form(FormFor::New, list),
            SchedulePages::Edit => form(FormFor::Edit(id), list),
            SchedulePages::Delete => loaded_page(
                move || load_schedule_to_delete(id),
                move |init| view! { <delete::Delete init=init /> }.into_any(),
            ),
            SchedulePages::Overview => loaded_page(
                move || load_schedule(id),
                move |init| view! { <overview::Overview init=init /> }.into_any(),
            ),
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
