//! All test sends of one account: what came of each, and how long each part of the way took.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use leptos_router::{LazyRoute, NavigateOptions, lazy_route};
use model::history::Part;
use model::smtp_report::milliseconds;
use model::{AccountId, HistoryFilter, HistoryPage, HistoryRow, Stage, TestEnd};

use crate::api::Fail;
use crate::api::test_sends::list_tests;
use crate::components::icon::Icon;
use crate::components::list::pager::numbered;
use crate::components::page::{PageHead, Shared, mark_started};
use crate::components::problem::PageNotLoaded;
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
        mark_started(expect_context::<Shared>());
        let account = super::account_in(&use_params_map().get_untracked());
        let search = use_location().search;
        let filter = Memo::new(move |_| HistoryFilter::from_query(&search.get()));
        let found = Resource::new(move || filter.get(), move |filter| list_tests(account, filter));
        let content = move || {
            Some(match found.get()? {
                Err(Fail(problem)) => {
                    let retry = Callback::new(move |()| found.refetch());
                    view! { <PageNotLoaded problem=problem retry=retry /> }.into_any()
                }
                Ok(page) => history(page, &filter.get_untracked()),
            })
        };
        // What is there stays until the next answer has come.
        view! { <Transition>{content}</Transition> }.into_any()
    }
}

fn history(page: HistoryPage, filter: &HistoryFilter) -> AnyView {
    let account = page.account;
    let title = format!("Tests of {}", page.name);
    let words = match (page.total, filter.is_narrowed()) {
        (1, false) => "1 test".to_owned(),
        (total, false) => format!("{total} tests"),
        (total, true) => format!("{} of {total} tests", page.matching),
    };
    let clear = filter
        .is_narrowed()
        .then(|| view! { <a class="btn plain np" href=paths::account_tests(account, "")>"Clear filters"</a> });
    let actions = move || {
        view! {
            <a class="btn primary" href=paths::test_account(account, "")><Icon name="send" />"Test setting"</a>
            <a class="btn" href=paths::edit_account(account, "")><Icon name="pencil" />"Edit account"</a>
        }
    };
    let content = match (page.total, page.rows.is_empty()) {
        (0, _) => nothing("No tests yet", "Test the account: each test is kept here, with all that was said."),
        (_, true) => nothing("No test matches", "Take a filter off, or clear them all."),
        (_, false) => {
            let last = (page.page - 1) * model::history::HISTORY_ROWS + page.rows.len() as u64;
            let first = last + 1 - page.rows.len() as u64;
            let shown = format!("{first} to {last} of {}", page.matching);
            let address = |number: u64| paths::account_tests(account, &filter.on_page(number).to_query());
            let pager = numbered(page.page, page.pages, shown, &address);
            view! { {chart(&page.rows)} {table(account, page.rows)} {pager} }.into_any()
        }
    };
    view! {
        <PageHead title=Signal::stored(title.clone()) document_title=Signal::stored(title) actions=actions>
            <a href=paths::report("")>"SMTP configuration"</a>
            " · Tests"
        </PageHead>
        <section class="card report" aria-label="Tests">
            {filters(account, filter)} <div class="row state chips"><span role="status">{words}</span>{clear}</div>
            {content}
        </section>
    }
    .into_any()
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

/// A GET form; with WebAssembly each answer is asked for at once.
fn filters(account: AccountId, filter: &HistoryFilter) -> AnyView {
    let path = paths::account_tests(account, "");
    let navigate = leptos_router::hooks::use_navigate();
    let wanted = StoredValue::new(filter.clone());
    let ask = Callback::new(move |()| {
        let filter = wanted.with_value(|wanted| wanted.on_page(1));
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&paths::account_tests(account, &filter.to_query()), options);
    });
    let choose = move |change: &dyn Fn(&mut HistoryFilter)| {
        wanted.update_value(|wanted| change(wanted));
        ask.run(());
    };
    let HistoryFilter { ended, failed_at, by, from, to, page: _ } = filter.clone();
    let ends = TestEnd::ALL
        .map(|end| view! { <option value=end.key() selected=ended == Some(end)>{end.label()}</option> })
        .collect_view();
    let stages = Stage::ALL
        .map(|stage| view! { <option value=stage.key() selected=failed_at == Some(stage)>{stage.label()}</option> })
        .collect_view();
    let day = move |name: &'static str, label: &'static str, value: String| {
        let id = format!("f-{name}");
        view! {
            <div class="field day">
                <label for=id.clone()>{label}</label>
                <input
                    class="in"
                    type="date"
                    id=id
                    name=name
                    value=value
                    on:change:target=move |event| {
                        let value = event.target().value();
                        choose(
                            &|wanted| {
                                let place = if name == "from" { &mut wanted.from } else { &mut wanted.to };
                                place.clone_from(&value);
                            },
                        );
                    }
                />
            </div>
        }
    };
    view! {
        <form
            class="row filters np"
            id="filters"
            role="search"
            action=path
            on:submit=move |event| {
                event.prevent_default();
                ask.run(());
            }
        >
            <div class="field">
                <label for="f-ended">"Outcome"</label>
                <select
                    class="in"
                    id="f-ended"
                    name="ended"
                    on:change:target=move |event| {
                        let key = event.target().value();
                        choose(&|wanted| wanted.ended = TestEnd::ALL.into_iter().find(|end| end.key() == key));
                    }
                >
                    <option value="">"Any"</option>
                    {ends}
                </select>
            </div>
            <div class="field">
                <label for="f-failed_at">"Failed at"</label>
                <select
                    class="in"
                    id="f-failed_at"
                    name="failed_at"
                    on:change:target=move |event| {
                        let key = event.target().value();
                        choose(&|wanted| wanted.failed_at = Stage::ALL.into_iter().find(|stage| stage.key() == key));
                    }
                >
                    <option value="">"Any stage"</option>
                    {stages}
                </select>
            </div>
            <div class="field find">
                <label for="f-by">"Tested by"</label>
                <input
                    class="in"
                    id="f-by"
                    name="by"
                    autocomplete="off"
                    aria-keyshortcuts="/"
                    value=by
                    on:change:target=move |event| {
                        let text = event.target().value();
                        choose(&|wanted| wanted.by.clone_from(&text));
                    }
                />
            </div>
            {day("from", "From day", from)} {day("to", "To day", to)}
            <button class="sr go" tabindex="-1">"Search"</button>
        </form>
    }
    .into_any()
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
                <rect class="all" x=x y="0" width=COLUMN height=HEIGHT.to_string() />
                {parts}
            </g>
        }
    });
    let width = rows.len() * (COLUMN + GAP) - GAP;
    let legend = Part::ALL
        .map(|part| view! { <li class="lb"><span class=format!("key {}", class(part))></span>{part.label()}</li> });
    view! {
        <figure class="times stack" aria-label="Time of each part of the way">
            <svg
                class="bars"
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
        Part::Way => "p1",
        Part::Greeting => "p2",
        Part::Encryption => "p3",
        Part::SignIn => "p4",
        Part::Message => "p5",
    }
}

fn table(account: AccountId, rows: Vec<HistoryRow>) -> AnyView {
    let rows = rows.into_iter().map(|row| line(account, row)).collect_view();
    view! {
        <div class="wrap" role="region" aria-label="Table of tests" tabindex="0">
            <table class="grid few" role="table" aria-label="Tests">
                <thead role="rowgroup">
                    <tr role="row">
                        {["When", "Outcome", "Server", "Sent to", "Tested by", "Time"]
                            .map(|label| view! { <th role="columnheader" scope="col"><span>{label}</span></th> })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn line(account: AccountId, row: HistoryRow) -> impl IntoView {
    let (tone, icon) = match row.ended {
        None => ("muted", "loader-circle"),
        Some(TestEnd::Accepted | TestEnd::Checked) => ("tone good", "circle-check"),
        Some(TestEnd::Failed) => ("tone bad", "circle-x"),
        Some(TestEnd::Unknown) => ("tone warn", "circle-question-mark"),
        Some(TestEnd::Cancelled) => ("muted", "circle-dashed"),
    };
    let (outcome, parts) = (row.outcome(), row.in_words());
    let typed = row.typed.then(|| view! { <small class="sub">"As typed, not saved"</small> });
    let label = format!("{outcome}, {}", row.sent_at);
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="pin">
                <a href=paths::test_send(account, row.id, "") aria-label=label>{row.sent_at.to_string()}</a>
                <small class="sub"><TimeAgo at=row.sent_at /></small>
            </th>
            <td role="cell" data-l="Outcome">
                <span class=format!("out lb {tone}")><Icon name=icon />{outcome}</span> {typed}
            </td>
            <td role="cell" class="mail" data-l="Server">
                {row.server} <small class="sub">{row.security.phrase()}</small>
            </td>
            <td role="cell" class="mail" data-l="Sent to">{row.recipient}</td>
            <td role="cell" class="mail" data-l="Tested by">{row.sent_by}</td>
            <td role="cell" class="mail" data-l="Time">{milliseconds(row.took)} <small class="sub">{parts}</small></td>
        </tr>
    }
}
