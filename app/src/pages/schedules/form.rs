//! The form "Schedule report": New and Edit.

use std::time::Duration;

use leptos::prelude::*;
use model::{AccountFilter, AccountId, Filter, Named, ReportFormat, ScheduleDraft, ScheduleForm, ScheduleId, ViewTab};
use wasm_bindgen::JsValue;

use super::when::WhenCard;
use crate::api::schedules::SaveSchedule;
use crate::api::{FormFor, FormInit, Notice};
use crate::components::choice::{Choice, PickField, SelectField};
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Question, Text, field};
use crate::components::form::record::{RecordForm, RecordHead, RecordPage};
use crate::components::icon::Icon;
use crate::paths;
use crate::sections;

#[component]
pub fn Form(
    form: FormFor<ScheduleId>,
    init: FormInit<ScheduleForm, ScheduleDraft>,
    /// The query of the address.
    list: String,
) -> impl IntoView {
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
    let head = RecordHead {
        title: form.title("New schedule", &saved.name),
        kind: "Schedule report",
        parent: sections::SCHEDULES.title,
        parent_address: paths::schedules(""),
    };
    let record = RecordForm::new(version, saved, restored);
    let draft = record.draft;
    if is_first && form == FormFor::New {
        prefer_browser_zone(record, zones.clone());
    }
    let save = ServerAction::<SaveSchedule>::new();
    let submit = {
        let list = list.clone();
        Callback::new(move |event| {
            if let Some(draft) = record.submitted(&event) {
                save.dispatch(SaveSchedule {
                    form,
                    version: record.version.get_untracked(),
                    draft,
                    list: list.clone(),
                });
            }
        })
    };
    record.follow(save, |schedule| {
        (Notice::says(format!("“{}” is saved.", schedule.name)), paths::schedule(schedule.id))
    });
    view! {
        <RecordPage
            form=record
            head=head
            action="/api/save_schedule"
            opened_for=form.field()
            unsaved=record.unsaved(|| 0)
            on_submit=submit
            cancel=form.edited().map_or_else(|| paths::schedules(""), paths::schedule)
            list=list
        >
            <input type="hidden" name="draft[query]" value=move || draft.answers.with(|answers| answers.query.clone()) />
            <ReportCard draft=draft views=views follows_private=follows_private />
            <WhenCard draft=draft zones=zones next=next />
            <MessageCard draft=draft may_receive=may_receive accounts=accounts default_name=default_name />
        </RecordPage>
    }
}

/// The browser knows where it is; the server does not. Its zone is chosen once the fields have taken over what was
/// typed before, and only where nothing else was chosen.
fn prefer_browser_zone(record: RecordForm<ScheduleDraft>, zones: Vec<String>) {
    let RecordForm { draft, saved, .. } = record;
    Effect::new(move |_| {
        let zone = browser_zone().filter(|zone| zones.contains(zone));
        let begin = move || {
            let untouched =
                saved.try_with_untracked(|saved| draft.answers.with_untracked(|answers| answers.zone == saved.zone));
            if let (Some(zone), Some(true)) = (zone, untouched) {
                saved.update(|saved| saved.zone.clone_from(&zone));
                draft.set(field!(zone), zone);
            }
        };
        set_timeout(begin, Duration::ZERO);
    });
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
        let words = if follows_private {
            "A view of its owner that is not shared"
        } else {
            "A view that is not there any more"
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
    let follows = draft.answer(field!(view));
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
                on_change=Callback::new(move |id| draft.set(field!(view), id))
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
                field=field!(name)
                label="Schedule name"
                help=|| "Shown in the list of schedules and in each message. At most 120 characters."
            />
            {view}
            <dl class="row facts" id="query" tabindex="-1">{move || facts(&query.get())}</dl>
            <p class="help" id="query-h">
                "It sends what matches at that time. For other filters or columns, "
                <a href=move || paths::report(&query.get())>"open this report"</a>
                {move || if follows.with(String::is_empty) { ", change it there, and schedule that." } else { ", change it there, and save it as the view." }}
            </p>
            {move || error.get().map(|message| view! { <p class="field-error label bad tone" id="query-e"><Icon name="circle-x" />{message}</p> })}
            <PickField
                name="format"
                form_name="draft[format]"
                label="Format"
                help=|| ()
                choices=formats
                chosen=draft.answer(field!(format))
                on_change=Callback::new(move |format| draft.set(field!(format), format))
            />
            <Question
                draft=draft
                field=field!(send_empty)
                label="Send an empty report"
                help=|| "No: when no account matches, nothing is sent."
            />
            <Question draft=draft field=field!(enabled) label="Enabled" help=|| "No: it waits until it is resumed." />
        </section>
    }
}

/// The report at this address: its filters, columns and order.
fn facts(query: &str) -> AnyView {
    let filter = AccountFilter::from_query(query);
    let chips = filter.chips();
    let report = if chips.is_empty() {
        view! { "All accounts" }.into_any()
    } else {
        let chips = chips.into_iter().map(|chip| view! { <li>{chip.label} " " <b>{chip.value}</b></li> });
        view! { <ul>{chips.collect_view()}</ul> }.into_any()
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
                field=field!(recipients)
                label="Recipients"
                help=move || {
                    format!("One address a line, or separated by commas. At most 50. All of them stand in the message. {may_receive}")
                }
                kind=Kind::Lines(3)
            />
            <Text draft=draft field=field!(subject) label="Subject" help=|| "At most 250 characters." />
            <SelectField
                name="account"
                form_name="draft[account]"
                label="Account to send through"
                help=|| "Its addresses, footer and network connector apply, as in a test send."
                options=options
                value=draft.answer(field!(account))
                error=draft.error("account")
                on_change=Callback::new(move |id| draft.set(field!(account), id))
            />
        </section>
    }
}
