//! Schedules: the list, the form, one with its runs, and what its buttons do.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{
    Named, NextRuns, ScheduleDraft, ScheduleFilter, ScheduleForm, ScheduleId, ScheduleListPage, SchedulePage, YesNo,
};

use super::{Fail, FormFor, FormInit};

/// One page of the list, as the filter asks.
#[server(endpoint = "list_schedules", input = Json)]
pub async fn list_schedules(filter: ScheduleFilter) -> Result<ScheduleListPage, Fail> {
    use crate::ssr;
    ssr::loaded(ssr::backend().list_schedules(&ssr::actor()?, &filter).await)
}

impl FormFor<ScheduleId> {
    /// The page of the form.
    pub fn page(self, list: &str) -> String {
        match self.edited() {
            None => crate::paths::new_schedule(list),
            Some(id) => crate::paths::edit_schedule(id, list),
        }
    }
}

/// The form's beginning; New is for the report at this address.
#[server(endpoint = "load_schedule_form", input = Json)]
pub async fn load_schedule_form(
    form: FormFor<ScheduleId>,
    report: String,
) -> Result<FormInit<ScheduleForm, ScheduleDraft>, Fail> {
    use crate::ssr;
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let loaded = match form.edited() {
        None => backend.new_schedule(&actor, &report).await,
        Some(id) => backend.find_schedule(&actor, id).await,
    };
    ssr::load_form(loaded, &form.page("")).await
}

/// The next times of what is typed, or what is wrong with it.
#[server(endpoint = "load_next_runs", input = Json)]
pub async fn load_next_runs(draft: ScheduleDraft) -> Result<NextRuns, Fail> {
    use crate::ssr;
    Ok(ssr::backend().preview_schedule(&ssr::actor()?, &draft))
}

/// Saves the form. `list` is the query of its address.
#[server(endpoint = "save_schedule")]
pub async fn save_schedule(
    form: FormFor<ScheduleId>,
    #[server(default)] version: i64,
    draft: ScheduleDraft,
    #[server(default)] list: String,
) -> Result<Named<ScheduleId>, Fail> {
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let result = match form.edited() {
        None => backend.create_schedule(&actor, &draft).await,
        Some(id) => backend.update_schedule(&actor, id, version, &draft).await,
    };
    let next = |saved: &Named<ScheduleId>| {
        ssr::Next::without_wasm(paths::schedule(saved.id)).saying(format!("“{}” is saved.", saved.name))
    };
    let saved = ssr::saved(result, &form.page(&list), draft, version).await?;
    next(&saved).follow().await;
    Ok(saved)
}

/// A schedule with its newest runs, and why a button's work was refused.
#[server(endpoint = "load_schedule", input = Json)]
pub async fn load_schedule(id: ScheduleId) -> Result<FormInit<SchedulePage, ()>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().schedule_page(&ssr::actor()?, id).await, &paths::schedule(id)).await
}

/// Runs a schedule now, besides its times.
#[server(endpoint = "run_schedule")]
pub async fn run_schedule(id: ScheduleId) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let page = paths::schedule(id);
    let result = ssr::backend().run_schedule(&ssr::actor()?, id).await;
    let next = |name: &String| ssr::Next::to(&page).saying(format!("“{name}” runs now."));
    ssr::answer_form(result, &page, (), next).await.map(drop)
}

/// Cancels the run that waits or was not handed over yet.
#[server(endpoint = "cancel_run")]
pub async fn cancel_run(id: ScheduleId) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let page = paths::schedule(id);
    let result = ssr::backend().cancel_run(&ssr::actor()?, id).await;
    let next = |name: &String| ssr::Next::to(&page).saying(format!("The run of “{name}” is cancelled."));
    ssr::answer_form(result, &page, (), next).await.map(drop)
}

/// Pauses a schedule, or lets it run again.
#[server(endpoint = "pause_schedule")]
pub async fn pause_schedule(id: ScheduleId, #[server(default)] pause: YesNo) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let page = paths::schedule(id);
    let result = ssr::backend().pause_schedule(&ssr::actor()?, id, pause).await;
    let done = if pause.is_yes() { "is paused." } else { "runs again." };
    let next = |name: &String| ssr::Next::to(&page).saying(format!("“{name}” {done}"));
    ssr::answer_form(result, &page, (), next).await.map(drop)
}

/// What failed was seen.
#[server(endpoint = "see_schedule")]
pub async fn see_schedule(id: ScheduleId) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let page = paths::schedule(id);
    let result = ssr::backend().see_schedule(&ssr::actor()?, id).await;
    ssr::answer_form(result, &page, (), |_| ssr::Next::to(&page)).await.map(drop)
}

/// Deletes a schedule; it can be brought back for 30 days.
#[server(endpoint = "delete_schedule")]
pub async fn delete_schedule(id: ScheduleId, #[server(default)] list: String) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().delete_schedule(&ssr::actor()?, id).await;
    let notice = |name: &String| super::Notice::deleted(name, model::RecordKind::Schedule, id.0);
    let next = |name: &String| ssr::Next::to(paths::schedules(&list)).telling(notice(name));
    ssr::answer_form(result, &paths::delete_schedule(id), (), next).await.map(drop)
}

/// The schedule that is to be deleted.
#[server(endpoint = "load_schedule_to_delete", input = Json)]
pub async fn load_schedule_to_delete(id: ScheduleId) -> Result<FormInit<SchedulePage, ()>, Fail> {
    use crate::{paths, ssr};
    ssr::load_form(ssr::backend().schedule_page(&ssr::actor()?, id).await, &paths::delete_schedule(id)).await
}
