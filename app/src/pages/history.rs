//! All test sends of one account: what came of each, and how long each part of the way took.

use leptos::html::Input;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};
use leptos_router::{LazyRoute, NavigateOptions, lazy_route};
use model::history::Part;
use model::smtp_report::milliseconds;
use model::{AccountId, HistoryFilter, HistoryPage, HistoryRow, Stage, TestEnd};

use crate::api::Fail;
use crate::api::test_sends::list_tests;
use crate::components::choice::SelectField;
use crate::components::icon::Icon;
use crate::components::list::count::{Count, Found};
use crate::components::list::latest::{Asking, Latest};
use crate::components::list::page::part;
use crate::components::list::pager::numbered;
use crate::components::list::table::plain_table;
use crate::components::list::typing::bind_text;
use crate::components::load::loaded_page;
use crate::components::outcome::{of_test, outcome};
use crate::components::page::PageHead;
use crate::components::problem::NotLoaded;
use crate::components::time::TimeAgo;
use crate::paths;

/// The chart: a column for each test, in units of the drawing.
const COLUMN: usize = 20;
const GAP: usize = 6;
const HEIGHT: u64 = 80;

pub struct AccountHistoryPage;

#[lazy_route]
impl LazyRoute for AccountHistoryPage {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        let account = super::account_in(&use_params_map().get_untracked());
        let search = use_location().search;
        let filter = Memo::new(move |_| HistoryFilter::from_query(&search.get()));
        loaded_page(
            move || list_tests(account, filter.get_untracked()),
            move |page| view! { <History first=page filter=filter /> }.into_any(),
        )
    }
}

fn ask((account, filter): (AccountId, HistoryFilter)) -> Asking<HistoryPage> {
    Box::pin(list_tests(account, filter))
}

#[component]
fn History(first: HistoryPage, filter: Memo<HistoryFilter>) -> impl IntoView {
    let account = first.account;
    let title = format!("Tests of {}", first.name);
    let latest = Latest::starting_with(first, ask);
    Effect::new(move |before: Option<HistoryFilter>| {
        let now = filter.get();
        if before.is_some_and(|before| before != now) {
            latest.ask((account, now.clone()));
        }
        now
    });
    let searching = latest.searching();
    let found = Memo::new(move |_| {
        let narrowed = filter.with_untracked(HistoryFilter::is_narrowed);
        let list = latest.get()?.ok()?.list;
        Some(Found { matching: list.matching, total: list.total, narrowed })
    });
    let clear = move || {
        let narrowed = filter.with(HistoryFilter::is_narrowed);
        narrowed
            .then(|| view! { <a class="btn plain no-print" href=paths::account_tests(account, "")>"Clear filters"</a> })
    };
    let content = move || {
        Some(match latest.get()? {
            Err(Fail(problem)) => {
                let retry = Callback::new(move |()| latest.ask((account, filter.get_untracked())));
                view! { <NotLoaded problem=problem retry=retry /> }.into_any()
            }
            Ok(HistoryPage { list, .. }) if list.total == 0 => {
                nothing("No tests yet", "Test the account: each test is kept here, with all that was said.")
            }
            Ok(HistoryPage { list, .. }) if list.matching == 0 => {
                nothing("No test matches", "Take a filter off, or clear them all.")
            }
            Ok(HistoryPage { list, .. }) => {
                let filter = filter.get_untracked();
                let address =
                    |page: u64| paths::account_tests(account, &HistoryFilter { page, ..filter.clone() }.to_query());
                let pager = numbered(part(&list), &address);
                view! { {chart(&list.rows)} {table(account, list.rows)} {pager} }.into_any()
            }
        })
    };
    let actions = move || {
        view! {
            <a class="btn primary" href=paths::test_account(account, "")><Icon name="send" />"Test setting"</a>
            <a class="btn" href=paths::edit_account(account, "")><Icon name="pencil" />"Edit account"</a>
        }
    };
    view! {
        <PageHead title=Signal::stored(title.clone()) document_title=Signal::stored(title) actions=actions>
            <a href=paths::report("")>"SMTP configuration"</a>
            " · Tests"
        </PageHead>
        <section class="card list-card" class:searching=searching aria-label="Tests">
            <Filters account=account filter=filter />
            <div class="row list-state"><Count found=found searching=searching one="test" /> {clear}</div>
            {content}
        </section>
    }
}

fn nothing(title: &'static str, words: &'static str) -> AnyView {
    view! {
        <div class="stack empty">
            <Icon name="send" />
            <h2>{title}</h2>
            <p>{words}</p>
        </div>
    }
    .into_any()
}

/// A GET form; with WebAssembly each answer is asked for at once. The fields show what the address says.
#[component]
fn Filters(account: AccountId, filter: Memo<HistoryFilter>) -> impl IntoView {
    let navigate = use_navigate();
    let ask = Callback::new(move |filter: HistoryFilter| {
        let to = paths::account_tests(account, &HistoryFilter { page: 1, ..filter }.to_query());
        navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let choose = move |change: fn(&mut HistoryFilter, &str)| {
        Callback::new(move |text: String| {
            let mut wanted = filter.get_untracked();
            change(&mut wanted, text.trim());
            ask.run(wanted);
        })
    };
    let shown = move |value: fn(&HistoryFilter) -> String| Signal::derive(move || filter.with(value));
    let any = |words: &str| vec![(String::new(), words.to_owned())];
    let ends = TestEnd::ALL.map(|end| (end.key().to_owned(), end.label().to_owned()));
    let stages = Stage::ALL.map(|stage| (stage.key().to_owned(), stage.label().to_owned()));
    view! {
        <form
            class="row filters no-print"
            id="filters"
            role="search"
            action=paths::account_tests(account, "")
            on:submit=move |event| event.prevent_default()
        >
            <SelectField
                name="ended"
                form_name="ended"
                label="Outcome"
                help=|| ()
                options=[any("Any"), ends.into()].concat()
                value=shown(|filter| filter.ended.map_or("", TestEnd::key).to_owned())
                on_change=choose(|filter, key| filter.ended = TestEnd::from_key(key))
            />
            <SelectField
                name="failed_at"
                form_name="failed_at"
                label="Failed at"
                help=|| ()
                options=[any("Any stage"), stages.into()].concat()
                value=shown(|filter| filter.failed_at.map_or("", Stage::key).to_owned())
                on_change=choose(|filter, key| filter.failed_at = Stage::from_key(key))
            />
            <Field
                name="by"
                label="Tested by"
                kind="text"
                class="search-field"
                value=shown(|filter| filter.by.clone())
                on_change=choose(|filter, text| text.clone_into(&mut filter.by))
            />
            <Field
                name="from"
                label="From day"
                kind="date"
                class="date-field"
                value=shown(|filter| filter.from.clone())
                on_change=choose(|filter, day| day.clone_into(&mut filter.from))
            />
            <Field
                name="to"
                label="To day"
                kind="date"
                class="date-field"
                value=shown(|filter| filter.to.clone())
                on_change=choose(|filter, day| day.clone_into(&mut filter.to))
            />
            <button class="visually-hidden search-button" tabindex="-1">"Search"</button>
        </form>
    }
}

/// A filter that counts when it is left, or by Enter.
#[component]
fn Field(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    class: &'static str,
    value: Signal<String>,
    on_change: Callback<String>,
) -> impl IntoView {
    let id = format!("f-{name}");
    let input = NodeRef::<Input>::new();
    bind_text(input, value, on_change);
    view! {
        <div class=format!("field {class}")>
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                type=kind
                id=id
                name=name
                autocomplete="off"
                aria-keyshortcuts=(class == "search-field").then_some("/")
                value=value.get_untracked()
                node_ref=input
                on:change:target=move |event| on_change.run(event.target().value())
            />
        </div>
    }
}

/// How long each part of the way took in the tests below, the oldest first.
fn chart(rows: &[HistoryRow]) -> AnyView {
    let longest = rows.iter().map(|row| row.parts.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let columns = rows.iter().rev().enumerate().map(|(number, row)| {
        let x = number * (COLUMN + GAP);
        let mut below = HEIGHT;
        let parts = Part::ALL.into_iter().zip(row.parts).filter(|(_, took)| *took > 0).map(|(part, took)| {
            let height = (took * HEIGHT / longest).max(1).min(below);
            below -= height;
            view! {
                <rect class=class(part) x=x y=below.to_string() width=COLUMN height=height.to_string() />
            }
        });
        let parts = parts.collect_view();
        let title = format!("{}: {}. {}", row.sent_at, row.outcome(), row.in_words());
        view! {
            <g>
                <title>{title}</title>
                <rect class="hover-area" x=x y="0" width=COLUMN height=HEIGHT.to_string() />
                {parts}
            </g>
        }
    });
    let width = rows.len() * (COLUMN + GAP) - GAP;
    let legend = Part::ALL.map(
        |part| view! { <li class="label"><span class=format!("legend-key {}", class(part))></span>{part.label()}</li> },
    );
    view! {
        <figure class="durations stack" aria-label="Time of each part of the way">
            <svg
                class="duration-chart"
                viewBox=format!("0 0 {width} {HEIGHT}")
                width=width
                height=HEIGHT.to_string()
                aria-hidden="true"
            >
                {columns.collect_view()}
            </svg>
            <figcaption class="row">
                <ul class="row legend">{legend.collect_view()}</ul>
                <span class="muted">{format!("The highest is {}; the newest stands at the end.", milliseconds(longest))}</span>
            </figcaption>
        </figure>
    }
    .into_any()
}

const fn class(part: Part) -> &'static str {
    match part {
        Part::Way => "part-connection",
        Part::Greeting => "part-greeting",
        Part::Encryption => "part-encryption",
        Part::SignIn => "part-sign-in",
        Part::Message => "part-message",
    }
}

fn table(account: AccountId, rows: Vec<HistoryRow>) -> AnyView {
    let rows = rows.into_iter().map(|row| line(account, row)).collect_view();
    plain_table("Tests", &["When", "Outcome", "Server", "Sent to", "Tested by", "Time"], rows)
}

fn line(account: AccountId, row: HistoryRow) -> impl IntoView {
    let (words, parts) = (row.outcome(), row.in_words());
    let label = format!("{words}, {}", row.sent_at);
    let (tone, icon) = of_test(row.ended);
    let ended = outcome(tone, icon, words);
    let typed = row.typed.then(|| view! { <small class="subtext">"As typed, not saved"</small> });
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="row-head">
                <a href=paths::test_send(account, row.id, "") aria-label=label>{row.sent_at.to_string()}</a>
                <small class="subtext"><TimeAgo at=row.sent_at /></small>
            </th>
            <td role="cell" data-label="Outcome">
                {ended} {typed}
            </td>
            <td role="cell" class="wide-cell" data-label="Server">
                {row.server} <small class="subtext">{row.security.phrase()}</small>
            </td>
            <td role="cell" class="wide-cell" data-label="Sent to">{row.recipient}</td>
            <td role="cell" class="wide-cell" data-label="Tested by">{row.sent_by}</td>
            <td role="cell" class="wide-cell" data-label="Time">{milliseconds(row.took)} <small class="subtext">{parts}</small></td>
        </tr>
    }
}
