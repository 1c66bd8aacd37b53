//! A test of several accounts: what is to be tested and how far, and then how far it is.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use model::query::value_in_query;
use model::{BatchForm, BatchId, BatchItem, BatchPage, BatchRow, BatchSum, Selection, StopAfter, TestSendDraft};

use super::accounts;
use crate::api::FormInit;
use crate::api::batches::{load_batch, load_batch_form};
use crate::components::choice::SelectField;
use crate::components::field::Kind;
use crate::components::form::draft::{Draft, Text, field};
use crate::components::icon::Icon;
use crate::components::list::table::plain_table;
use crate::components::load::{loaded_page, poll_while};
use crate::components::outcome::{of_test, outcome};
use crate::components::page::PageHead;
use crate::components::problem::Refusal;
use crate::paths;
use crate::sections;

/// How far a test of several accounts is.
pub fn progress_page() -> AnyView {
    let list = value_in_query(&use_location().search.get_untracked(), "list").unwrap_or_default();
    let id = BatchId(super::number(&use_params_map().get_untracked(), "id"));
    loaded_page(move || load_batch(id), move |init| view! { <Progress init=init list=list.clone() /> }.into_any())
}

/// The form that begins a test of several accounts.
pub fn begin_page() -> AnyView {
    let search = use_location().search.get_untracked();
    let list = value_in_query(&search, "list").unwrap_or_default();
    // All that match are those of the list that one came from.
    let chosen = match Selection::from_query(&search) {
        these @ Selection::These(_) => these.to_query(),
        all @ Selection::Matching(_) => format!("{list}&{}", all.to_query()),
    };
    let asked = chosen.clone();
    loaded_page(
        move || load_batch_form(asked.clone()),
        move |init| view! { <Begin init=init chosen=chosen.clone() list=list.clone() /> }.into_any(),
    )
}

#[component]
fn Begin(init: FormInit<BatchForm, TestSendDraft>, chosen: String, list: String) -> impl IntoView {
    let FormInit { data, restored } = init;
    let BatchForm { chosen: count, first, per_minute, recipient } = data;
    // What tests most without a message.
    let stop_after = StopAfter::SignIn.key().to_owned();
    let message = Draft::new(TestSendDraft { stop_after, ..TestSendDraft::prefilled(&recipient) }, restored);
    let title = format!("Test {}", accounts(count));
    let document_title = message.document_title(title.clone());
    let problem = message.problem.get_untracked();
    let text = message.answers.get_untracked();
    let more = count - first.len() as u64;
    let names = first.into_iter().map(|name| view! { <li>{name}</li> }).collect_view();
    let mut stops: Vec<_> =
        StopAfter::ALL.map(|stage| (stage.key().to_owned(), format!("After {}", stage.label()))).into();
    stops.push((String::new(), "No: send a message through each account".to_owned()));
    let sending = RwSignal::new(false);
    let (back, cancel) = (paths::report(&list), paths::report(&list));
    let pace = format!(
        "Each is kept like a single test. They go on when this page is closed; at most {per_minute} begin within a minute.",
    );
    view! {
        <PageHead title=Signal::stored(title.clone()) document_title=document_title>
            <a href=back.clone()>{sections::REPORT.title}</a>
            " · Several accounts"
        </PageHead>
        <div class="form">
            <div class="stack">
                {problem.map(|problem| view! { <Refusal problem=problem heading="Nothing was tested" /> })}
                <form
                    class="card stack section"
                    action="/api/begin_batch"
                    method="post"
                    novalidate
                    on:submit=move |_| sending.set(true)
                >
                    <input type="hidden" name="chosen" value=chosen />
                    <input type="hidden" name="list" value=list />
                    <input type="hidden" name="draft[subject]" value=text.subject />
                    <input type="hidden" name="draft[message]" value=text.message />
                    <ul class="name-columns">
                        {names}
                        {(more > 0).then(|| view! { <li class="muted">"and " {more} " more"</li> })}
                    </ul>
                    <SelectField
                        name="stop_after"
                        form_name="draft[stop_after]"
                        label="Stop on purpose"
                        help=|| "After a stage: all before it is checked, and no message is sent."
                        options=stops
                        value=message.answer(field!(stop_after))
                        error=message.error("stop_after")
                        on_change=Callback::new(move |stage| message.set(field!(stop_after), stage))
                    />
                    <Text
                        draft=message
                        field=field!(recipient)
                        label="Send to"
                        help=|| "Named to each server; gets a message from each account only where no stage is chosen above."
                        kind=Kind::Email
                    />
                    <p class="help">{pace}</p>
                    <div class="row">
                        {(count > 0)
                            .then(|| {
                                view! {
                                    <button class="btn primary" disabled=move || sending.get()>
                                        <Icon name="send" />
                                        {title}
                                    </button>
                                }
                            })}
                        <a class="btn plain" href=cancel>"Cancel"</a>
                    </div>
                </form>
            </div>
        </div>
    }
}

#[component]
fn Progress(init: FormInit<BatchPage, ()>, list: String) -> impl IntoView {
    let FormInit { data, restored } = init;
    let id = data.id;
    let title = format!("Test of {}", accounts(data.rows.len() as u64));
    let about = match &data.stop_after {
        Some(stage) => format!("Each stops after {stage}; no message is sent. By {}, ", data.started_by),
        None => format!("A message from each to {}. By {}, ", data.recipient, data.started_by),
    };
    let started_at = data.started_at;
    let begins_at = data.begins_at;
    let page = RwSignal::new(data);
    poll_while(page, |page| page.running, move || async move { load_batch(id).await.map(|init| init.data) });
    let refused = restored.and_then(|restored| restored.problem);
    let refused = refused.map(|problem| view! { <Refusal problem=problem heading="Not cancelled" /> });
    let running = Memo::new(move |_| page.with(|page| page.running));
    let sum = Memo::new(move |_| page.with(BatchPage::sum));
    let cancel = {
        let list = list.clone();
        let shown = move || {
            let list = list.clone();
            running.get().then(|| {
                view! {
                    <form action="/api/cancel_batch" method="post">
                        <input type="hidden" name="id" value=id.to_string() />
                        <input type="hidden" name="list" value=list />
                        <button class="btn">"Cancel"</button>
                    </form>
                    <a class="btn no-script" href=paths::batch(id, "")>"Look again"</a>
                }
            })
        };
        move || shown.clone()
    };
    let rows = move || page.with(|page| page.rows.iter().cloned().map(line).collect_view());
    let total = page.with_untracked(|page| page.rows.len());
    let back = paths::report(&list);
    view! {
        <PageHead title=Signal::stored(title.clone()) document_title=Signal::stored(title) actions=cancel>
            <a href=back.clone()>{sections::REPORT.title}</a>
            " · Several accounts"
        </PageHead>
        <div class="stack spaced">
            {refused} <section class="card list-card" aria-label="Accounts">
                <div class="stack section">
                    <p>{about} <time datetime=started_at.to_rfc3339()>{started_at.to_string()}</time></p>
                    <p role="status">
                        {move || {
                            let waits = begins_at.filter(|_| running.get() && page.with(not_begun));
                            waits
                                .map_or_else(
                                    || in_words(sum.get(), running.get()),
                                    |at| format!("It begins by itself on {at}, also when this page is closed."),
                                )
                        }}
                    </p>
                    <progress
                        aria-label="Tests that have ended"
                        max=total.to_string()
                        value=move || (total - sum.get().left).to_string()
                    ></progress>
                </div>
                {plain_table("Accounts", &["Account", "Outcome", "Test"], rows)}
            </section>
        </div>
    }
}

fn not_begun(page: &BatchPage) -> bool {
    page.rows.iter().all(|row| row.item.test.is_none() && row.item.problem.is_none())
}

/// "12 of 20 have ended: 9 well, 3 failed."
fn in_words(sum: BatchSum, running: bool) -> String {
    let BatchSum { well, failed, other, left } = sum;
    let ended = well + failed + other;
    let mut words =
        if running { format!("{ended} of {} have ended", ended + left) } else { "All have ended".to_owned() };
    let parts: Vec<_> = [(well, "well"), (failed, "failed"), (other, "without a result")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !parts.is_empty() {
        words = format!("{words}: {}", parts.join(", "));
    }
    words + "."
}

fn line(row: BatchRow) -> impl IntoView {
    let (tone, icon) = match &row.item {
        BatchItem { problem: Some(_), .. } => ("tone warn", "circle-question-mark"),
        BatchItem { test: None, .. } => ("muted", "circle-dashed"),
        BatchItem { .. } => of_test(row.ended),
    };
    let ended = outcome(tone, icon, row.outcome());
    let account = row.item.account;
    let way = match row.item.test {
        Some(test) => {
            let label = format!("Test of {}", row.item.name);
            view! { <a href=paths::test_send(account, test, "") aria-label=label>"See the test"</a> }.into_any()
        }
        None => ().into_any(),
    };
    let problem = row.item.problem.map(|why| view! { <small class="subtext">{why}</small> });
    view! {
        <tr role="row">
            <th role="rowheader" scope="row" class="row-head">
                <a href=paths::edit_account(account, "")>{row.item.name}</a>
            </th>
            <td role="cell" data-label="Outcome">
                {ended} {problem}
            </td>
            <td role="cell" data-label="Test">{way}</td>
        </tr>
    }
}
