//! A schedule with its runs. While one is open the page looks again by itself.

use leptos::prelude::*;
use model::{NextRun, SchedulePage, YesNo};

use super::runs::Runs;
use crate::api::FormInit;
use crate::api::schedules::load_schedule;
use crate::components::icon::Icon;
use crate::components::load::poll_while;
use crate::components::note::note;
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

#[component]
pub fn Overview(init: FormInit<SchedulePage, ()>) -> impl IntoView {
    let FormInit { data, restored } = init;
    let (id, name) = (data.id, data.name.clone());
    let (paused, stopped) = (!data.enabled, data.stopped.clone());
    let page = RwSignal::new(data);
    poll_while(page, is_open, move || async move { load_schedule(id).await.map(|init| init.data) });
    let refused = restored.and_then(|restored| restored.problem);
    let refused = refused.map(|problem| view! { <Refusal problem=problem heading="Not done" /> });
    let rests = paused || stopped.is_some();
    let (pause, label, icon) = if rests { (YesNo::No, "Resume", "rotate-cw") } else { (YesNo::Yes, "Pause", "pause") };
    let actions = move || {
        view! {
            <form action="/api/run_schedule" method="post">
                <input type="hidden" name="id" value=id.to_string() />
                <button class="btn primary"><Icon name="send" />"Run now"</button>
            </form>
            <a class="btn" href=paths::edit_schedule(id, "")><Icon name="pencil" />"Edit"</a>
            <form action="/api/pause_schedule" method="post">
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="pause" value=pause.label() />
                <button class="btn"><Icon name=icon />{label}</button>
            </form>
            <a class="btn" href=paths::delete_schedule(id)><Icon name="trash-2" />"Delete"</a>
        }
    };
    let stopped = stopped.map(|why| {
        let found = view! { <p>{why}</p> <p>"Then press Resume."</p> };
        note("bad", "circle-x", "status", "Stopped: it does not run any more", found)
    });
    let blocked = page.with_untracked(|page| page.blocked.clone()).filter(|_| !rests).map(|why| {
        view! {
            <div class="row align-start note tinted warn">
                <span class="tone"><Icon name="triangle-alert" /></span>
                <p class="grow">{why} " Its next run stops the schedule, unless this is mended before."</p>
            </div>
        }
    });
    let facts = page.with_untracked(facts);
    let runs = Memo::new(move |_| page.with(|page| page.runs.clone()));
    let unseen = Memo::new(move |_| page.with(|page| page.unseen));
    view! {
        <PageHead title=Signal::stored(name.clone()) document_title=Signal::stored(format!("{name} · Schedule")) actions=actions>
            <a href=paths::schedules("")>{sections::SCHEDULES.title}</a>
            " · Schedule"
        </PageHead>
        <div class="stack spaced">
            {refused}
            {stopped}
            {blocked}
            {move || unseen.get().then(|| seen(id))}
            {facts}
            {move || view! { <Runs schedule=id runs=runs.get() /> }}
        </div>
    }
}

fn seen(id: model::ScheduleId) -> impl IntoView {
    view! {
        <form class="row align-start note tinted warn" action="/api/see_schedule" method="post">
            <span class="tone"><Icon name="triangle-alert" /></span>
            <div class="stack grow">
                <h2>"A run needs a look"</h2>
                <p>"What was said stands with the run below. The badge in the menu goes away once you have seen it, or the next run is sent."</p>
                <input type="hidden" name="id" value=id.to_string() />
                <div class="row"><button class="btn">"Mark as seen"</button></div>
            </div>
        </form>
    }
}

fn facts(page: &SchedulePage) -> AnyView {
    let fact =
        |label: &'static str, value: AnyView| view! { <div><dt class="subtext">{label}</dt><dd>{value}</dd></div> };
    let report = paths::report(&page.query);
    let words = match &page.view {
        Some(view) => format!("The view “{view}”: {}", page.report),
        None => page.report.clone(),
    };
    let report = if page.is_private { words.into_any() } else { view! { <a href=report>{words}</a> }.into_any() };
    let recipients: Vec<_> = page.recipients.iter().map(ToString::to_string).collect();
    let next = if page.next.is_empty() {
        view! { <p class="muted">"None: it does not run by itself now."</p> }.into_any()
    } else {
        next_list(page.next.clone())
    };
    let through = page.account.clone().unwrap_or_else(|| "The default account".to_owned());
    view! {
        <section class="card section stack" aria-labelledby="facts-h">
            <h2 id="facts-h">"What it sends"</h2>
            <dl class="row facts">
                {fact("Report", report)}
                {fact("Format", page.format.label().into_any())}
                {fact("Recurrence", format!("{}, {}", page.recurrence, page.zone).into_any())}
                {fact("To", recipients.join(", ").into_any())}
                {fact("Subject", page.subject.clone().into_any())}
                {fact("Through", through.into_any())}
                {fact("Owner", page.owner.clone().into_any())}
            </dl>
            <h2>"Next runs"</h2>
            {next}
        </section>
    }
    .into_any()
}

/// Times in the schedule's zone.
pub fn next_list(next: Vec<NextRun>) -> AnyView {
    let items = next.into_iter().map(|NextRun { at, local }| {
        view! { <li><time datetime=at.to_rfc3339() title=at.to_string()>{local}</time></li> }
    });
    view! { <ol class="steps">{items.collect_view()}</ol> }.into_any()
}

fn is_open(page: &SchedulePage) -> bool {
    page.runs.iter().any(|run| !run.state.has_ended() && run.attempts < 2)
}
