//! The runs of a schedule: when, what came of it, and the file that was sent.

use leptos::prelude::*;
use model::{RUN_FILES_OCTETS, RunState, ScheduleId, ScheduleRun};

use crate::components::list::table::plain_table;
use crate::components::outcome::outcome;
use crate::components::time::TimeAgo;
use crate::paths;

/// How far a run is.
pub fn of_run(state: RunState) -> AnyView {
    let (tone, icon) = match state {
        RunState::Sent => ("tone good", "circle-check"),
        RunState::Failed => ("tone bad", "circle-x"),
        RunState::Unknown => ("tone warn", "circle-question-mark"),
        RunState::Running | RunState::Sending => ("tone running", "loader-circle"),
        RunState::Waiting | RunState::Empty => ("tone muted", "circle-dashed"),
    };
    outcome(tone, icon, state.label())
}

#[component]
pub fn Runs(schedule: ScheduleId, runs: Vec<ScheduleRun>) -> impl IntoView {
    let none = runs.is_empty();
    let rows = runs.into_iter().map(|run| row(schedule, run)).collect_view();
    let content = if none {
        view! { <p class="section">"It has not run yet."</p> }.into_any()
    } else {
        plain_table("Runs", &["Planned", "Outcome", "Report", "What was said", "File"], rows)
    };
    view! {
        <section class="card list-card" aria-labelledby="runs-h">
            <h2 id="runs-h" class="section-title">"Runs"</h2>
            {content}
            <p class="row list-foot">
                {format!(
                    "Runs are kept for a year, their files for 7 days. All files together have at most {} MiB: beyond that the oldest go first.",
                    RUN_FILES_OCTETS / 1024 / 1024,
                )}
            </p>
        </section>
    }
}

fn row(schedule: ScheduleId, run: ScheduleRun) -> impl IntoView {
    let report = match (run.rows, run.size) {
        (Some(rows), Some(size)) => format!("{rows} {}, {}", if rows == 1 { "row" } else { "rows" }, octets(size)),
        _ => String::new(),
    };
    let attempts = match (run.state, run.attempts) {
        (_, 0 | 1) => None,
        (_, attempts) => Some(view! { <small class="subtext">{format!("{attempts} attempts")}</small> }),
    };
    let again = (run.state == RunState::Waiting && run.attempts > 0)
        .then(|| view! { <small class="subtext">{format!("Next attempt on {}", run.due_at)}</small> });
    let cancel = matches!(run.state, RunState::Waiting | RunState::Running).then(|| {
        view! {
            <form action="/api/cancel_run" method="post">
                <input type="hidden" name="id" value=schedule.to_string() />
                <button class="btn" aria-label=format!("Cancel the run planned for {}", run.planned_at)>"Cancel"</button>
            </form>
        }
    });
    let why = match (run.by_hand, run.late) {
        (true, _) => Some("Run now".to_owned()),
        (false, true) if run.missed > 0 => Some(format!("Late; {} later times were left out", run.missed)),
        (false, true) => Some("Late".to_owned()),
        (false, false) => None,
    };
    let why = why.map(|why| view! { <small class="subtext warn tone">{why}</small> });
    let took = run.started_at.zip(run.ended_at).map(|(from, to)| {
        let seconds = (to.0 - from.0).max(0) as f64 / 1e6;
        view! { <small class="subtext">{format!("{seconds:.1} s")}</small> }
    });
    let through = run.account.map(|account| {
        let to = if run.recipients == 1 { "1 recipient".to_owned() } else { format!("{} recipients", run.recipients) };
        view! { <small class="subtext">{format!("Through {account}, {to}")}</small> }
    });
    let words = match (run.state.has_ended() || run.attempts > 0, run.failed_at) {
        (_, Some(stage)) => format!("{}: {}", stage.label(), run.words),
        _ => run.words,
    };
    let file = if run.has_file {
        view! {
            <a href=paths::run_file(run.id) rel="external" download="" aria-label=format!("File of the run planned for {}", run.planned_at)>
                "Download"
            </a>
        }
        .into_any()
    } else if run.size.is_some() && run.state != RunState::Empty {
        view! { <span class="muted">"Not available"</span> }.into_any()
    } else {
        view! { <span class="muted">"None"</span> }.into_any()
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="row-head">
                <time datetime=run.planned_at.to_rfc3339()>{run.planned_at.to_string()}</time>
                <small class="subtext"><TimeAgo at=run.planned_at /></small>
                {why}
            </th>
            <td role="cell" data-label="Outcome">{of_run(run.state)} {attempts} {took} {again} {cancel}</td>
            <td role="cell" data-label="Report">{report} {through}</td>
            <td role="cell" class="mono" data-label="What was said">{words}</td>
            <td role="cell" data-label="File">{file}</td>
        </tr>
    }
}

/// "812 bytes", "4.2 kB", "1.3 MB"
fn octets(size: u64) -> String {
    match size {
        0..1_000 => format!("{size} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", size as f64 / 1e3),
        _ => format!("{:.1} MB", size as f64 / 1e6),
    }
}
