//! The form "Schedule report": New and Edit.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::{AccountFilter, AccountId, Named, Problem, ReportFormat, ScheduleDraft, ScheduleForm, ViewTab};
use wasm_bindgen::JsValue;

use super::when::WhenCard;
use crate::api::schedules::{SaveSchedule, ScheduleFormFor};
use crate::api::{Fail, FormInit, Notice};
use crate::components::choice::{Choice, PickField, SelectField};
use crate::components::draft::{Draft, Question, Text, place};
use crate::components::field::Kind;
use crate::components::icon::Icon;
use crate::components::leave::AskBeforeLeaving;
use crate::components::page::{PageHead, Shared};
use crate::components::problem::Refusal;
use crate::pages::footer::unsaved_words;
use crate::paths;

#[component]
pub fn Form(
    form: ScheduleFormFor,
    init: FormInit<ScheduleForm, ScheduleDraft>,
    /// The query of the address.
    list: String,
) -> impl IntoView {
    let shared: Shared = expect_context();
    let FormInit { data, restored } = init;
    let ScheduleForm {
        version,
        draft: saved,
        views,
        follows_private,
        may_receive,
        accounts,
        default_name,
        zones,
        next,
    } = data;
    let is_first = restored.is_none();
    let (answers, refused) = match restored {
        Some(restored) => (restored.draft, restored.problem),
        None => (saved.clone(), None),
    };
    let errors = refused.as_ref().and_then(|problem| problem.field_errors()).cloned().unwrap_or_default();
    let draft = Draft::new(answers, errors);
    let problem = RwSignal::new(refused);
    let version = RwSignal::new(version);
    let title = match form {
        ScheduleFormFor::New => "New schedule".to_owned(),
        ScheduleFormFor::Edit(_) => saved.name.clone(),
    };
    let saved = RwSignal::new(saved);
    if is_first && form == ScheduleFormFor::New {
        let zones = zones.clone();
        // The browser knows where it is; the server does not. Once the fields have taken over what was typed before,
        // and only where nothing else was chosen.
        Effect::new(move |_| {
            let zone = browser_zone().filter(|zone| zones.contains(zone));
            let begin = move || {
                let untouched = saved
                    .try_with_untracked(|saved| draft.answers.with_untracked(|answers| answers.zone == saved.zone));
                if let (Some(zone), Some(true)) = (zone, untouched) {
                    saved.update(|saved| saved.zone.clone_from(&zone));
                    draft.set(place!(zone), zone);
                }
            };
            set_timeout(begin, Duration::ZERO);
        });
    }

    let save = ServerAction::<SaveSchedule>::new();
    let done = RwSignal::new(false);
    let unsaved = Signal::derive(move || {
        let changes = draft.answers.with(|mine| saved.with(|saved| mine.differences(saved).len()));
        if done.get() { 0 } else { changes }
    });
    let submit = {
        let list = list.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if save.pending().get_untracked() || done.get_untracked() {
                return;
            }
            let answers = draft.answers.get_untracked();
            if let Err(errors) = answers.parse() {
                draft.errors.set(errors.clone());
                problem.set(Some(Problem::Fields(errors)));
                return;
            }
            save.dispatch(SaveSchedule { form, version: version.get_untracked(), draft: answers, list: list.clone() });
        }
    };
    let navigate = use_navigate();
    Effect::new(move |_| match save.value().get() {
        None => {}
        Some(Ok(schedule)) => {
            done.set(true);
            shared.tell(Notice::says(format!("“{}” is saved.", schedule.name)));
            navigate(&paths::schedule(schedule.id), NavigateOptions::default());
        }
        Some(Err(Fail(refused))) => {
            if let Problem::Stale(stale) = &refused {
                version.set(stale.version);
            }
            draft.errors.set(refused.field_errors().cloned().unwrap_or_default());
            problem.set(Some(refused));
        }
    });

    let document_title = {
        let title = title.clone();
        Signal::derive(move || match problem.with(Option::is_some) {
            true => format!("Error: {title} · Schedule"),
            false => format!("{title} · Schedule"),
        })
    };
    let hidden = match form {
        ScheduleFormFor::New => view! { <input type="hidden" name="form" value="New" /> }.into_any(),
        ScheduleFormFor::Edit(id) => {
            view! { <input type="hidden" name="form[Edit]" value=id.to_string() /> }.into_any()
        }
    };
    let cancel = match form {
        ScheduleFormFor::New => paths::schedules(""),
        ScheduleFormFor::Edit(id) => paths::schedule(id),
    };
    view! {
        <PageHead title=Signal::stored(title) document_title=document_title>
            <a href=paths::schedules("")>"Schedules"</a>
            " · Schedule report"
        </PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form class="form" action="/api/save_schedule" method="post" novalidate on:submit=submit>
            {hidden}
            <input type="hidden" name="version" value=move || version.get().to_string() />
            <input type="hidden" name="list" value=list />
            <input type="hidden" name="draft[query]" value=move || draft.answers.with(|answers| answers.query.clone()) />
            {move || problem.get().map(|problem| view! { <Refusal problem=problem /> })}
            <ReportCard draft=draft views=views follows_private=follows_private />
            <WhenCard draft=draft zones=zones next=next />
            <MessageCard draft=draft may_receive=may_receive accounts=accounts default_name=default_name />
            <div class="row card save-bar no-print">
                <button class="btn primary" aria-disabled=move || save.pending().get().then_some("true")>
                    {move || if save.pending().get() { "Saving" } else { "Save" }}
                </button>
                <a class="btn plain" href=cancel>"Cancel"</a>
                <span class="muted push-end wide-only">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
    }
}

/// The name of the time zone that the browser is set to.
fn browser_zone() -> Option<String> {
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new());
    let zone = js_sys::Reflect::get(&format.resolved_options(), &JsValue::from_str("timeZone"));
    zone.ok()?.as_string()
}

#[component]
fn ReportCard(draft: Draft<ScheduleDraft>, views: Vec<ViewTab>, follows_private: bool) -> impl IntoView {
    let mut options = vec![(String::new(), "No view: the report below".to_owned())];
    options.extend(views.iter().map(|view| (view.id.to_string(), view.name.clone())));
    // One that is gone is shown all the same, so that another can be chosen.
    let chosen = draft.answers.with_untracked(|answers| answers.view.clone());
    if options.iter().all(|(id, _)| *id != chosen) {
        let words = match follows_private {
            true => "A view of its owner that is not shared",
            false => "A view that is not there any more",
        };
        options.push((chosen, words.to_owned()));
    }
    let has_views = options.len() > 1;
    let query = Memo::new(move |_| {
        draft.answers.with(|answers| {
            let view = views.iter().find(|view| view.id.to_string() == answers.view);
            view.map_or_else(|| answers.query.clone(), |view| view.query.clone())
        })
    });
    let follows = draft.answer(place!(view));
    let view = has_views.then(|| {
        view! {
            <SelectField
                name="view"
                form_name="draft[view]"
                label="Follows a view"
                help=|| "A view: its filters, columns and order as they are at the time of each run."
                options=options
                value=follows
                error=draft.error("view")
                on_change=Callback::new(move |id| draft.set(place!(view), id))
            />
        }
    });
    let error = draft.error("query");
    let format = |format: ReportFormat, words: &str| Choice {
        answer: format,
        key: format.key(),
        label: format.label(),
        words: words.to_owned(),
    };
    let formats = vec![
        format(ReportFormat::Csv, "Attached, with all rows."),
        format(ReportFormat::Xlsx, "Attached, as a workbook."),
        format(ReportFormat::Table, "To be read at once; its first 500 rows."),
    ];
    view! {
        <section class="card stack section" aria-labelledby="report-h">
            <h2 id="report-h">"Report"</h2>
            <Text
                draft=draft
                place=place!(name)
                label="Schedule name"
                help=|| "Shown in the list of schedules and in each message. At most 120 characters."
            />
            {view}
            <dl class="row facts" id="query" tabindex="-1">{move || facts(&query.get())}</dl>
            <p class="help" id="query-h">
                "It sends what matches at that time. For other filters or columns, "
                <a href=move || paths::report(&query.get())>"open this report"</a>
                {move || match follows.with(String::is_empty) {
                    true => ", change it there, and schedule that.",
                    false => ", change it there, and save it as the view.",
                }}
            </p>
            {move || error.get().map(|message| view! { <p class="field-error label bad tone" id="query-e"><Icon name="circle-x" />{message}</p> })}
            <PickField
                name="format"
                form_name="draft[format]"
                label="Format"
                help=|| ()
                choices=formats
                chosen=draft.answer(place!(format))
                on_change=Callback::new(move |format| draft.set(place!(format), format))
            />
            <Question
                draft=draft
                place=place!(send_empty)
                label="Send an empty report"
                help=|| "No: when no account matches, nothing is sent."
            />
            <Question draft=draft place=place!(enabled) label="Enabled" help=|| "No: it waits until it is resumed." />
        </section>
    }
}

/// The report at this address: its filters, columns and order.
fn facts(query: &str) -> AnyView {
    let filter = AccountFilter::from_query(query);
    let chips = filter.chips();
    let report = match chips.is_empty() {
        true => view! { "All accounts" }.into_any(),
        false => {
            let chips = chips.into_iter().map(|chip| view! { <li>{chip.says} " " <b>{chip.value}</b></li> });
            view! { <ul>{chips.collect_view()}</ul> }.into_any()
        }
    };
    let columns = match &filter.columns {
        None => "The columns that its owner chose".to_owned(),
        Some(columns) => columns.iter().map(|column| column.label()).collect::<Vec<_>>().join(", "),
    };
    view! {
        <div><dt class="subtext">"Accounts"</dt><dd>{report}</dd></div>
        <div><dt class="subtext">"Columns"</dt><dd>{columns}</dd></div>
        <div><dt class="subtext">"Sort by"</dt><dd>{filter.sort.in_words()}</dd></div>
    }
    .into_any()
}

#[component]
fn MessageCard(
    draft: Draft<ScheduleDraft>,
    may_receive: String,
    accounts: Vec<Named<AccountId>>,
    default_name: Option<String>,
) -> impl IntoView {
    let default = match default_name {
        Some(name) => format!("The default account (now {name})"),
        None => "The default account (none now)".to_owned(),
    };
    let mut options = vec![(String::new(), default)];
    options.extend(accounts.into_iter().map(|account| (account.id.to_string(), account.name)));
    view! {
        <section class="card stack section" aria-labelledby="message-h">
            <h2 id="message-h">"Message"</h2>
            <Text
                draft=draft
                place=place!(recipients)
                label="Recipients"
                help=move || {
                    format!("One address a line, or separated by commas. At most 50. All of them stand in the message. {may_receive}")
                }
                kind=Kind::Lines(3)
            />
            <Text draft=draft place=place!(subject) label="Subject" help=|| "At most 250 characters." />
            <SelectField
                name="account"
                form_name="draft[account]"
                label="Account to send through"
                help=|| "Its addresses, footer and network connector apply, as in a test send."
                options=options
                value=draft.answer(place!(account))
                error=draft.error("account")
                on_change=Callback::new(move |id| draft.set(place!(account), id))
            />
        </section>
    }
}
