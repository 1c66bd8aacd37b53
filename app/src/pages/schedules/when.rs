//! The card of when a schedule recurs, with the next times in its zone.

use std::time::Duration;

use leptos::html::Input;
use leptos::prelude::*;
use model::{FieldErrors, NextRuns, Rhythm, ScheduleDraft, Weekday};

use super::overview::next_list;
use crate::api::schedules::load_next_runs;
use crate::components::choice::{Choice, PickField, SelectField};
use crate::components::field::{FieldError, Kind, bind, described};
use crate::components::form::draft::{Draft, Text, field};

/// From the last change to the question.
const PAUSE: Duration = Duration::from_millis(250);

#[component]
pub fn WhenCard(draft: Draft<ScheduleDraft>, zones: Vec<String>, next: NextRuns) -> impl IntoView {
    let words = |rhythm| match rhythm {
        Rhythm::Hourly => "At one minute of every hour.",
        Rhythm::Daily => "At one time of the day.",
        Rhythm::Weekly => "On the days that you choose.",
        Rhythm::Monthly => "On one day; a shorter month has its last.",
        Rhythm::Cron => "Five fields, for all else.",
    };
    let rhythms = Rhythm::ALL.map(|rhythm| Choice {
        answer: rhythm,
        key: rhythm.key(),
        label: rhythm.label(),
        words: words(rhythm).to_owned(),
    });
    let zones = zones.into_iter().map(|zone| (zone.clone(), zone)).collect();
    view! {
        <section class="card stack section recurrence" aria-labelledby="when-h">
            <h2 id="when-h">"When"</h2>
            <PickField
                name="rhythm"
                form_name="draft[rhythm]"
                label="Recurrence"
                help=|| ()
                choices=rhythms.to_vec()
                chosen=draft.answer(field!(rhythm))
                on_change=Callback::new(move |rhythm| draft.set(field!(rhythm), rhythm))
            />
            <div class="row align-start">
                <Text draft=draft field=field!(minute) label="Minute of the hour" help=|| "0 to 59." kind=Kind::Numeric class="short-field when-hourly" />
                <Text draft=draft field=field!(day) label="Day of the month" help=|| "1 to 31." kind=Kind::Numeric class="short-field when-monthly" />
                <Text draft=draft field=field!(time) label="Time" help=|| "Such as 08:00 or 17:30." class="short-field when-timed" />
                <Text draft=draft field=field!(cron) label="Cron line" help=cron_help class="grow when-cron" />
            </div>
            <Days draft=draft />
            <SelectField
                name="zone"
                form_name="draft[zone]"
                label="Time zone"
                help=|| "A time that does not exist, as summer time begins, is the first one after it; one that exists twice is taken once."
                options=zones
                value=draft.answer(field!(zone))
                error=draft.error("zone")
                on_change=Callback::new(move |zone| draft.set(field!(zone), zone))
            />
            <Next draft=draft next=next />
        </section>
    }
}

fn cron_help() -> impl IntoView {
    view! {
        "Minute, hour, day of the month, month, day of the week. " <code>"0 8 * * MON-FRI"</code> " is every working day at 08:00."
    }
}

/// A box for each day of the week.
#[component]
fn Days(draft: Draft<ScheduleDraft>) -> impl IntoView {
    let error = draft.error("days");
    let boxes = Weekday::ALL.into_iter().enumerate().map(|(n, day)| {
        let input = NodeRef::<Input>::new();
        let chosen = Signal::derive(move || draft.answers.with(|answers| answers.days.contains(&day)));
        let choose = move |yes: bool| {
            let mut days = draft.answers.with_untracked(|answers| answers.days.clone());
            days.retain(|other| *other != day);
            if yes {
                days.push(day);
            }
            draft.set(field!(days), days);
        };
        bind(
            chosen,
            move || input.get().map(|input| input.checked()),
            move |yes| {
                if let Some(input) = input.get_untracked() {
                    input.set_checked(*yes);
                }
            },
            choose,
        );
        view! {
            <label class="item">
                <input
                    type="checkbox"
                    id=(n == 0).then_some("days")
                    name=format!("draft[days][{n}]")
                    value=day.label()
                    checked=chosen.get_untracked()
                    node_ref=input
                    on:change:target=move |event| choose(event.target().checked())
                />
                {day.label()}
            </label>
        }
    });
    view! {
        <fieldset class="field when-weekly checklist" aria-describedby=described("days", error)>
            <legend class="label">"Days"</legend>
            <div class="weekdays">{boxes.collect_view()}</div>
            <span class="help" id="days-h">"It runs on each of them."</span>
            <FieldError name="days" error=error />
        </fieldset>
    }
}

/// The next five times of what is typed: the server knows zones.
#[component]
fn Next(draft: Draft<ScheduleDraft>, next: NextRuns) -> impl IntoView {
    let next = RwSignal::new(next);
    let asked = StoredValue::new(0_u32);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let timing = Memo::new(move |_| {
        draft.answers.with(|answers| {
            let ScheduleDraft { rhythm, minute, time, days, day, cron, zone, .. } = answers.clone();
            ScheduleDraft { rhythm, minute, time, days, day, cron, zone, ..ScheduleDraft::default() }
        })
    });
    Effect::new(move |before: Option<ScheduleDraft>| {
        let now = timing.get();
        if before.is_some_and(|before| before != now) {
            if let Some(handle) = timer.try_update_value(Option::take).flatten() {
                handle.clear();
            }
            let wanted = now.clone();
            let ask = move || {
                let number = asked.get_value() + 1;
                asked.set_value(number);
                leptos::task::spawn_local(async move {
                    let answer = load_next_runs(wanted).await;
                    // A later question may have been asked, or the page left.
                    if let (Ok(answer), Some(newest)) = (answer, asked.try_get_value())
                        && newest == number
                    {
                        next.set(answer);
                    }
                });
            };
            timer.set_value(set_timeout_with_handle(ask, PAUSE).ok());
        }
        now
    });
    on_cleanup(move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    });
    let shown = move || match next.get() {
        Ok(next) => next_list(next),
        Err(FieldErrors(errors)) => {
            let words: Vec<_> = errors.into_iter().map(|error| error.message).collect();
            view! { <p class="muted">{words.join(" ")}</p> }.into_any()
        }
    };
    view! {
        <div class="stack divided" role="status" aria-labelledby="next-h">
            <h3 id="next-h" class="label">"Next runs"</h3>
            {shown}
        </div>
    }
}
