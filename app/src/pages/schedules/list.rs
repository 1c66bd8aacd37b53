//! The list of schedules.

use leptos::prelude::*;
use model::{ScheduleColumn, ScheduleFilter, ScheduleListPage, ScheduleRow};

use super::runs::of_run;
use crate::api::schedules::list_schedules;
use crate::components::icon::Icon;
use crate::components::list::latest::Asking;
use crate::components::list::page::{Head, Records};
use crate::components::list::section::Words;
use crate::components::time::TimeAgo;
use crate::paths;
use crate::sections::{self, Section};

impl Records for ScheduleFilter {
    type Row = ScheduleRow;

    const SECTION: Section = sections::SCHEDULES;
    const WORDS: &'static Words = &Words {
        region: "List",
        one: "schedule",
        icon: "calendar-clock",
        first: "A schedule e-mails a report again and again. Filter the report, then choose Schedule report under Actions.",
        new: Some(|_| paths::new_schedule("")),
    };
    const HEADS: &'static [Head<Self::Column>] = &[
        Head { label: "ID", column: Some(ScheduleColumn::Id), class: "id-column" },
        Head { label: "Name", column: Some(ScheduleColumn::Name), class: "row-head" },
        Head { label: "Recurrence", column: None, class: "" },
        Head { label: "Recipients", column: None, class: "" },
        Head { label: "Next run", column: Some(ScheduleColumn::Next), class: "" },
        Head { label: "Last run", column: None, class: "long-column" },
    ];

    fn ask(self) -> Asking<ScheduleListPage> {
        Box::pin(list_schedules(self))
    }

    fn row(row: Self::Row, _list: &str) -> AnyView {
        shown(row).into_any()
    }
}

fn shown(row: ScheduleRow) -> impl IntoView {
    let (format, recipient, more) = (row.format, row.recipient, row.more);
    let ScheduleRow { id, name, enabled, stopped, blocked, recurrence, next_at, last, unseen, .. } = row;
    let (page, edit) = (paths::schedule(id), paths::edit_schedule(id, ""));
    let others = (more > 0).then(|| view! { <small class="subtext">{format!(" and {more} more")}</small> });
    let warning = (blocked && !stopped && enabled)
        .then(|| view! { <small class="subtext warn tone">"Its account cannot send"</small> });
    let next = match (next_at, enabled, stopped) {
        (_, _, true) => view! { <b class="bad tone"><Icon name="circle-x" />" Stopped"</b> }.into_any(),
        (_, false, _) => view! { <span class="badge"><Icon name="pause" />"Paused"</span> }.into_any(),
        (Some(at), ..) => view! { <time datetime=at.to_rfc3339()>{at.to_string()}</time> }.into_any(),
        (None, ..) => view! { <span class="muted">"None"</span> }.into_any(),
    };
    let last = match last {
        Some((at, state)) => view! { {of_run(state)} <small class="subtext"><TimeAgo at=at /></small> }.into_any(),
        None => view! { <span class="muted">"Never"</span> }.into_any(),
    };
    let badge = unseen.then(|| view! { " " <span class="badge bad">"Not seen"</span> });
    let (open_label, edit_label) = (format!("Runs of {name}"), format!("Edit {name}"));
    view! {
        <tr role="row">
            <td role="cell" class="id-cell">{id.0}</td>
            <th role="rowheader" scope="row" class="row-head">
                <a href=page.clone()>{name}</a>
                {badge}
            </th>
            <td role="cell" data-label="Recurrence">{recurrence}<small class="subtext">" "{format.label()}</small></td>
            <td role="cell" class="wide-cell" data-label="Recipients">{recipient}{others}</td>
            <td role="cell" data-label="Next run">{next} {warning}</td>
            <td role="cell" data-label="Last run">{last}</td>
            <td role="cell" class="row-actions no-print">
                <a href=edit aria-label=edit_label><Icon name="pencil" />"Edit"</a>
                <a href=page aria-label=open_label><Icon name="calendar-clock" />"Runs"</a>
            </td>
        </tr>
    }
}
