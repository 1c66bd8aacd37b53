//! What came of a test send: was the message taken, and if not, where it ended, why, and what to do.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{Diagnosis, Failure, SmtpReport, Taken, TestSend};

use super::Window;
use super::certificate::certificate;
use super::stages::Stages;
use super::talk::{Talk, as_text, seconds};
use crate::api::Begun;
use crate::components::copy::Copy;
use crate::components::icon::Icon;
use crate::components::problem::Refusal;
use crate::components::time::TimeAgo;
use crate::paths;

#[component]
pub fn TestResult(begun: Begun<TestSend, ()>) -> impl IntoView {
    let Begun { data: test, kept } = begun;
    let about = format!("Saved settings: {}, to {}. {}", way(&test), test.recipient, test.sent_at);
    let refused = kept.and_then(|kept| kept.problem).map(|problem| {
        view! { <Refusal problem=problem heading="Not trusted" /> }
    });
    let query = use_location().search.get_untracked();
    let (again, edit) = (paths::test_account(test.account, &query), paths::edit_account(test.account, &query));
    let title = test.account_name.clone();
    let (content, support) = match test.report.clone() {
        None => (view! { <NoReport test=test /> }.into_any(), None),
        Some(report) => {
            let support = for_support(&test, &report);
            (
                view! { <Outcome test=test report=report list=query.clone() refused=refused.map(IntoAny::into_any) /> }
                    .into_any(),
                Some(support),
            )
        }
    };
    view! {
        <Window title=Signal::stored(title) about=about>
            <div class="mid">{content}</div>
            <footer class="row">
                <a class="btn" href=again><Icon name="rotate-cw" />"Test again"</a>
                <a class="btn" href=edit>"Edit account"</a>
                {support
                    .map(|text| {
                        view! { <span class="end"><Copy text=Signal::stored(text) what="all of it" label="Copy for support" /></span> }
                    })}
            </footer>
        </Window>
    }
}

/// Where the message went, by which way.
fn way(test: &TestSend) -> String {
    let through = test.connector.as_ref().map(|connector| format!(", through {connector}")).unwrap_or_default();
    format!("{} {}{through}", test.host.with_port(test.port), test.security.phrase())
}

/// It runs still, or the server was stopped meanwhile.
#[component]
fn NoReport(test: TestSend) -> impl IntoView {
    view! {
        <div class="way"></div>
        <div class="stack">
            <div class="row top note soft warn">
                <span class="tone"><Icon name="circle-question-mark" /></span>
                <div class="stack grow">
                    <h2>"There is no result yet"</h2>
                    <p>
                        "Started " <TimeAgo at=test.sent_at />
                        ". If Posthouse was stopped meanwhile, whether the message was taken is not known: look into the mailbox before sending it again."
                    </p>
                </div>
            </div>
        </div>
    }
}

#[component]
fn Outcome(
    test: TestSend,
    report: SmtpReport,
    list: String,
    /// Why what the server showed could not be trusted.
    #[prop(into)]
    refused: Option<AnyView>,
) -> impl IntoView {
    let stages = report.stages.clone();
    let talk = report.transcript.clone();
    let copied = as_text(&talk);
    let ended = match report.taken {
        Taken::Yes => format!("{} s", seconds(report.took)),
        Taken::No if report.stopped_after.is_some() => format!("{} s", seconds(report.took)),
        Taken::No | Taken::Unknown => format!("broken off after {} s", seconds(report.took)),
    };
    let note = match (report.taken, &report.failure) {
        (Taken::Yes, _) => accepted(&test, &report),
        (Taken::Unknown, _) => unknown(&test),
        (Taken::No, Some(failure)) => {
            (failed(&test, failure), certificate(&test, failure, list.trim_start_matches('?'))).into_any()
        }
        (Taken::No, None) => checked(test.in_words(&report)),
    };
    view! {
        <div class="stack found">{refused} {note}</div>
        <Stages reports=stages />
        <div class="stack">
            <div class="row">
                <h2>"Conversation"</h2>
                <span class="muted">{ended}</span>
                <span class="end"><Copy text=Signal::stored(copied) what="the conversation" /></span>
            </div>
            <Talk lines=talk />
        </div>
    }
}

pub fn fact(label: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! { <div><dt class="sub">{label}</dt><dd>{value}</dd></div> }.into_any()
}

fn accepted(test: &TestSend, report: &SmtpReport) -> AnyView {
    let queue = report.queue_id.clone().map(|id| {
        let copied = Signal::stored(id.clone());
        fact("Queue ID", view! { <span class="mono">{id}</span> <Copy text=copied what="the queue ID" /> })
    });
    let words = report.final_reply.as_ref().map(|reply| {
        let words = reply.to_string();
        let copied = Signal::stored(words.clone());
        fact(
            "The server’s words",
            view! { <span class="mono">{words}</span> <Copy text=copied what="the server’s words" /> },
        )
    });
    view! {
        <div class="row top note soft good" role="status">
            <span class="tone"><Icon name="circle-check" /></span>
            <div class="stack grow">
                <h2>"The server took the message"</h2>
                <p>
                    {format!(
                        "Look into the mailbox of {}. If nothing arrives within minutes, the server’s keeper can find it by the queue ID.",
                        test.recipient,
                    )}
                </p>
                <dl class="row facts">{queue}{words}</dl>
            </div>
        </div>
    }
    .into_any()
}

fn checked(words: String) -> AnyView {
    view! {
        <div class="row top note soft good" role="status">
            <span class="tone"><Icon name="circle-check" /></span>
            <div class="stack grow">
                <h2>"Checked, as far as was asked"</h2>
                <p>{words}</p>
            </div>
        </div>
    }
    .into_any()
}

fn unknown(test: &TestSend) -> AnyView {
    view! {
        <div class="row top note soft warn" role="alert">
            <span class="tone"><Icon name="circle-question-mark" /></span>
            <div class="stack grow">
                <h2>"Whether the message was taken is not known"</h2>
                <p>
                    {format!(
                        "The connection ended after the message and before the server’s answer. Do not send it again before looking into the mailbox of {}.",
                        test.recipient,
                    )}
                </p>
            </div>
        </div>
    }
    .into_any()
}

fn failed(test: &TestSend, failure: &Failure) -> AnyView {
    let diagnosis = Diagnosis::of(test, failure);
    let lasting = if diagnosis.temporary { "Perhaps not: it may pass" } else { "Yes, until something is changed" };
    let words = failure.reply.as_ref().map(|reply| {
        let words = reply.to_string();
        let copied = Signal::stored(words.clone());
        view! {
            <h2>"Proof"</h2>
            <div class="row proof-line mono">
                <span class="grow">{words}</span>
                <Copy text=copied what="the server’s words" />
            </div>
        }
    });
    let steps = diagnosis.fixes.into_iter().map(|fix| view! { <li>{fix}</li> }).collect_view();
    view! {
        <div class="row top note soft bad" role="alert">
            <span class="tone"><Icon name="circle-x" /></span>
            <div class="stack grow">
                <h2>{format!("Failed at {}: {}", failure.stage.label(), diagnosis.cause)}</h2>
                <p>{diagnosis.explanation}</p>
                <dl class="row facts">
                    {fact("Found by", view! { <b>{diagnosis.found_by.label()}</b> })}
                    {fact("Lasting", view! { <b>{lasting}</b> })}
                    {fact("Message taken", view! { <b>"No"</b> })}
                </dl>
            </div>
        </div>
        <h2>"To fix it"</h2>
        <ol class="steps">{steps}</ol>
        {words}
    }
    .into_any()
}

/// Everything above as text; the message's body is never part of it.
fn for_support(test: &TestSend, report: &SmtpReport) -> String {
    let outcome = test.in_words(report);
    let stages = report.stages.iter().map(|stage| {
        format!(
            "{:<11} {:?} {} {}\n",
            stage.stage.label(),
            stage.state,
            super::stages::milliseconds(stage.took),
            stage.fact
        )
    });
    format!(
        "Test send {} of {}\n{}, to {}, {}\n\n{outcome}\n\n{}\n{}",
        test.id,
        test.account_name,
        way(test),
        test.recipient,
        test.sent_at,
        stages.collect::<String>(),
        as_text(&report.transcript),
    )
}
