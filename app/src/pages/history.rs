//! All test sends of one account: what came of each, and how long each part of the way took.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::history::Part;
use model::smtp_report::milliseconds;
use model::{AccountId, HistoryFilter, HistoryPage, HistoryRow};

use crate::api::test_sends::list_tests;
use crate::components::icon::Icon;
use crate::components::list::Listing;
use crate::components::list::latest::{Asking, Latest};
use crate::components::list::section::{Extras, Words, section};
use crate::components::list::table::plain_table;
use crate::components::load::loaded_page;
use crate::components::outcome::{of_test, outcome};
use crate::components::page::PageHead;
use crate::components::time::TimeAgo;
use crate::paths;
use crate::sections;

const WORDS: Words = Words {
    region: "Tests",
    one: "test",
    icon: "send",
    first: "Test the account: each test is kept here, with all that was said.",
    new: None,
};

/// The chart: a column for each test, in units of the drawing.
const COLUMN: usize = 20;
const GAP: usize = 6;
const HEIGHT: u64 = 80;

/// The page of an account's tests.
pub fn page() -> AnyView {
    let account = super::account_in(&use_params_map().get_untracked());
    let listing = Listing::at(paths::account_tests(account, ""));
    loaded_page(
        move || list_tests(account, listing.filter.get_untracked()),
        move |page| view! { <History first=page listing=listing /> }.into_any(),
    )
}

fn ask((account, filter): (AccountId, HistoryFilter)) -> Asking<HistoryPage> {
    Box::pin(list_tests(account, filter))
}

#[component]
fn History(first: HistoryPage, listing: Listing<HistoryFilter>) -> impl IntoView {
    let account = first.account;
    let title = format!("Tests of {}", first.name);
    let latest = Latest::starting_with(Ok(first), Signal::derive(move || (account, listing.filter.get())), ask);
    let page = latest.page();
    let tests = move || page.get().map(|page| view! { {chart(&page.list.rows)} {table(account, page.list.rows)} });
    let actions = move || {
        view! {
            <a class="btn primary" href=paths::test_account(account, "")><Icon name="send" />"Test setting"</a>
            <a class="btn" href=paths::edit_account(account, "")><Icon name="pencil" />"Edit account"</a>
        }
    };
    view! {
        <PageHead title=Signal::stored(title.clone()) document_title=Signal::stored(title) actions=actions>
            <a href=paths::report("")>{sections::REPORT.title}</a>
            " · Tests"
        </PageHead>
        {section(listing, latest, &WORDS, move || tests, Extras::default())}
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
    let width = (rows.len() * (COLUMN + GAP)).saturating_sub(GAP);
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
