//! The route of a test: its stations in the order in which they happen.

use leptos::prelude::*;
use model::{Stage, StageReport, StageState};

use crate::components::icon::Icon;

/// The stations before the test has answered.
#[component]
pub fn Waiting(way: &'static [Stage], running: Signal<bool>) -> impl IntoView {
    let stops = way.iter().map(|stage| {
        view! {
            <li class="off">
                <span class="dot"></span>
                <b>{stage.label()}</b>
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
pub fn Stages(reports: Vec<StageReport>) -> impl IntoView {
    let stops = reports.into_iter().map(|report| {
        let StageReport { stage, state, took, fact } = report;
        let (class, icon, says) = match state {
            StageState::Done => ("good", Some("check"), "done"),
            StageState::Failed => ("bad", Some("x"), "failed"),
            StageState::Skipped => ("off", Some("minus"), "skipped"),
            StageState::NotReached => ("off", None, "not reached"),
        };
        let ran = matches!(state, StageState::Done | StageState::Failed);
        let time = ran.then(|| view! { <span class="t muted">{milliseconds(took)}</span> });
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

/// "28 ms", "0.4 ms": of microseconds.
pub fn milliseconds(took: u64) -> String {
    match took {
        0..100 => "<0.1 ms".to_owned(),
        100..1_000 => format!("0.{} ms", took / 100),
        _ => format!("{} ms", (took + 500) / 1_000),
    }
}
