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
            <li class=move || if begins() { "run" } else { "off" }>
                <span class="dot">{icon}</span>
                <b>{stage.label()}<span class="sr">{move || begins().then_some(", running")}</span></b>
            </li>
        }
    });
    view! {
        <div class="way np" aria-busy=move || running.get().to_string()>
            <ol class="stops" aria-label="Stages">{stops.collect_view()}</ol>
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
            StageState::Running => ("run", Some("loader-circle"), "running"),
            StageState::Done => ("good", Some("check"), "done"),
            StageState::Failed => ("bad", Some("x"), "failed"),
            StageState::Cancelled => ("off", Some("x"), "cancelled"),
            StageState::Skipped => ("off", Some("minus"), "skipped"),
            StageState::NotReached => ("off", None, "not reached"),
        };
        let time = match state {
            StageState::Running => Some(view! { <span class="t muted">{running}</span> }.into_any()),
            StageState::Done | StageState::Failed | StageState::Cancelled => {
                Some(view! { <span class="t muted">{milliseconds(took)}</span> }.into_any())
            }
            StageState::Skipped | StageState::NotReached => None,
        };
        let told = state != StageState::NotReached && !fact.is_empty();
        let fact = told.then(|| view! { <span class="sub">{fact}</span> });
        view! {
            <li class=class>
                <span class="dot">{icon.map(|icon| view! { <Icon name=icon /> })}</span>
                <b>{stage.label()}<span class="sr">{format!(", {says}")}</span></b>
                {time}
                {fact}
            </li>
        }
    });
    view! {
        <div class="way">
            <ol class="stops" aria-label="Stages">{stops.collect_view()}</ol>
        </div>
    }
}

/// "1.8 s": of milliseconds.
pub fn running_time(took: u64) -> String {
    format!("{}.{} s", took / 1_000, took / 100 % 10)
}
