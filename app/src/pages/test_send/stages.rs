//! The route of a test: its stations in the order in which they happen.

use leptos::prelude::*;
use model::smtp_report::milliseconds;
use model::{Stage, StageReport, StageState};

use crate::components::icon::Icon;

/// The stations before the test has answered.
#[component]
pub fn Waiting(way: &'static [Stage], running: Signal<bool>) -> impl IntoView {
    // The first begins with the press.
    let stops = way.iter().enumerate().map(|(number, stage)| {
        let begins = move || number == 0 && running.get();
        let icon = move || begins().then(|| view! { <Icon name="loader-circle" /> });
        view! {
            <li class=move || if begins() { "running" } else { "inactive" }>
                <span class="stage-mark">{icon}</span>
                <b>{stage.label()}<span class="visually-hidden">{move || begins().then_some(", running")}</span></b>
            </li>
        }
    });
    view! {
        <div class="stage-panel no-print" aria-busy=move || running.get().to_string()>
            <ol class="stages" aria-label="Stages">{stops.collect_view()}</ol>
        </div>
    }
}

/// The stations, as the test found them.
#[component]
pub fn Stages(
    reports: Vec<StageReport>,
    /// How long the one that goes on has taken.
    #[prop(optional, into)]
    running: Signal<String>,
) -> impl IntoView {
    let stops = reports.into_iter().map(|report| {
        let StageReport { stage, state, took, fact } = report;
        let (class, icon, says) = match state {
            StageState::Running => ("running", Some("loader-circle"), "running"),
            StageState::Done => ("good", Some("check"), "done"),
            StageState::Failed => ("bad", Some("x"), "failed"),
            StageState::Cancelled => ("inactive", Some("x"), "cancelled"),
            StageState::Skipped => ("inactive", Some("minus"), "skipped"),
            StageState::NotReached => ("inactive", None, "not reached"),
        };
        let time = match state {
            StageState::Running => Some(view! { <span class="duration muted">{running}</span> }.into_any()),
            StageState::Done | StageState::Failed | StageState::Cancelled => {
                Some(view! { <span class="duration muted">{milliseconds(took)}</span> }.into_any())
            }
            StageState::Skipped | StageState::NotReached => None,
        };
        let told = state != StageState::NotReached && !fact.is_empty();
        let fact = told.then(|| view! { <span class="subtext">{fact}</span> });
        view! {
            <li class=class>
                <span class="stage-mark">{icon.map(|icon| view! { <Icon name=icon /> })}</span>
                <b>{stage.label()}<span class="visually-hidden">{format!(", {says}")}</span></b>
                {time}
                {fact}
            </li>
        }
    });
    view! {
        <div class="stage-panel">
            <ol class="stages" aria-label="Stages">{stops.collect_view()}</ol>
        </div>
    }
}

/// "1.8 s": of milliseconds.
pub fn running_time(took: u64) -> String {
    format!("{}.{} s", took / 1_000, took / 100 % 10)
}
