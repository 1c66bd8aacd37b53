//! What came of a test send: was the message taken, and if not, where it ended, why, and what to do.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::smtp_report::milliseconds;
use model::text::capitalized;
use model::{
    Acceptance, AccountDraft, Diagnosis, Failure, Fix, Possibility, Problem, ProviderFacts, Remedy, SmtpReport,
    TestSend, TestShown,
};

use super::certificate::certificate;
use super::stages::Stages;
use super::talk::{Talk, as_text, seconds};
use super::tls::{encryption, ends_soon};
use super::window::{Window, to_the_list};
use super::{about, way};
use crate::components::copy::Copy;
use crate::components::form::draft::Draft;
use crate::components::icon::Icon;
use crate::components::note::note;
use crate::components::problem::Refusal;
use crate::components::provider::{sourced, will_change};
use crate::paths;

/// What the result can change so that the next test gets further.
#[derive(Clone)]
pub enum Offers {
    /// The account as it is saved; the query is that of the list below.
    Saved { list: String },
    /// The form below.
    Form { draft: Draft<AccountDraft>, again: Callback<()> },
}

/// What is shown of a test that has ended.
#[derive(Clone)]
pub struct Ended {
    pub test: TestSend,
    pub report: SmtpReport,
    pub diagnosis: Option<Diagnosis>,
    /// What will change at the provider.
    pub coming: Option<ProviderFacts>,
}

impl Ended {
    /// Nothing while it goes on.
    pub fn of(shown: TestShown) -> Option<Self> {
        let TestShown { test, live: _, diagnosis, coming } = shown;
        let report = test.report.clone()?;
        Some(Self { test, report, diagnosis, coming })
    }
}

#[component]
pub fn TestResult(ended: Ended, refused: Option<Problem>) -> impl IntoView {
    let refused = refused.map(|problem| view! { <Refusal problem=problem heading="Not changed" /> });
    let test = &ended.test;
    let query = use_location().search.get_untracked();
    let ways_on = test.account.map(|account| {
        let (again, edit) = (paths::test_account(account, &query), paths::edit_account(account, &query));
        view! {
            <a class="btn" href=again><Icon name="rotate-cw" />"Test again"</a>
            <a class="btn" href=edit>"Edit account"</a>
            <a class="btn plain" href=paths::account_tests(account, "")>"All tests"</a>
        }
    });
    let (title, about, text) = (test.account_name.clone(), about(test), support(&ended));
    let offers = Offers::Saved { list: query.trim_start_matches('?').to_owned() };
    view! {
        <Window title=Signal::stored(title) about=about leave=to_the_list()>
            <div class="window-body">
                <Outcome ended=ended offers=offers refused=refused.map(IntoAny::into_any) />
            </div>
            <footer class="row">{ways_on} {text}</footer>
        </Window>
    }
}

/// The buttons that copy all of it.
pub fn support(ended: &Ended) -> AnyView {
    let text = Signal::stored(for_support(ended));
    let json = Signal::stored(leptos::serde_json::to_string_pretty(&for_programs(ended)).unwrap_or_default());
    view! {
        <span class="row push-end">
            <Copy text=text what="all of it" label="Copy for support" />
            <Copy text=json what="all of it as JSON" label="as JSON" />
        </span>
    }
    .into_any()
}

#[component]
pub fn Outcome(
    ended: Ended,
    offers: Offers,
    /// Why what was offered could not be done.
    #[prop(into)]
    refused: Option<AnyView>,
) -> impl IntoView {
    let Ended { test, report, diagnosis, coming } = ended;
    let stages = report.stages.clone();
    let talk = report.transcript.clone();
    let copied = as_text(&talk);
    let took = match report.taken {
        Acceptance::Yes => format!("{} s", seconds(report.took)),
        Acceptance::No if report.stopped_after.is_some() => format!("{} s", seconds(report.took)),
        Acceptance::No | Acceptance::Unknown => format!("broken off after {} s", seconds(report.took)),
    };
    let found = match (report.taken, &report.failure) {
        (Acceptance::Yes, _) => accepted(&test, &report),
        (Acceptance::Unknown, _) => unknown(&test, &report),
        (Acceptance::No, Some(_)) if report.was_cancelled() => {
            note("", "circle-dashed", "status", "Cancelled", view! { <p>{report.in_words(None)}</p> })
        }
        (Acceptance::No, Some(failure)) => {
            let offered = diagnosis.as_ref().map(|diagnosis| diagnosis.trust).unwrap_or_default();
            let shown = certificate(&test, offered, offers.clone());
            (failed(&test, failure, diagnosis, &offers), shown).into_any()
        }
        (Acceptance::No, None) => {
            let words = view! { <p>{report.in_words(None)}</p> };
            note("good", "circle-check", "status", "Checked, as far as was asked", words)
        }
    };
    let warned = report.failure.is_none().then(|| ends_soon(&test, &report)).flatten();
    let encryption = encryption(&test, &report);
    view! {
        <div class="stack">{refused} {found} {warned} {coming.map(will_change)}</div>
        <Stages reports=stages />
        <div class="stack">
            {encryption} <div class="row">
                <h2>"Conversation"</h2>
                <span class="muted">{took}</span>
                <span class="push-end"><Copy text=Signal::stored(copied) what="the conversation" /></span>
            </div>
            <Talk lines=talk />
        </div>
    }
}

pub fn fact(label: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! { <div><dt class="subtext">{label}</dt><dd>{value}</dd></div> }.into_any()
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
    let text = format!(
        "Look into the mailbox of {}. If nothing arrives within minutes, the server’s administrator can find it by the queue ID.",
        test.recipient,
    );
    let found = view! { <p>{text}</p> <dl class="row facts">{queue}{words}</dl> };
    note("good", "circle-check", "status", "The server accepted the message", found)
}

fn unknown(test: &TestSend, report: &SmtpReport) -> AnyView {
    let why = report.why_unknown();
    let text = format!("{why} Do not send it again before looking into the mailbox of {}.", test.recipient);
    let heading = "Whether the message was accepted is not known";
    note("warn", "circle-question-mark", "alert", heading, view! { <p>{text}</p> })
}

fn failed(test: &TestSend, failure: &Failure, diagnosis: Option<Diagnosis>, offers: &Offers) -> AnyView {
    let Some(diagnosis) = diagnosis else {
        return view! { <h2>{format!("Failed at {}", failure.stage.label())}</h2> }.into_any();
    };
    let heading = format!("Failed at {}: {}", failure.stage.label(), diagnosis.cause);
    let fixes = diagnosis.fixes.iter().cloned().enumerate();
    let steps = fixes.map(|(number, fix)| step(test, number, fix, offers)).collect_view().into_any();
    let possible = diagnosis.possibilities.iter().cloned().zip(diagnosis.fixes.len()..);
    let possible = possible.map(|(one, number)| {
        let button = one.fix.remedy.clone().map(|remedy| button(test, number, remedy, offers));
        possibility(one, button)
    });
    let possible = possible.collect_view().into_any();
    let said = failure.reply.as_ref().map(ToString::to_string);
    let accepted = fact("Message accepted", view! { <b>"No"</b> });
    view! {
        <Diagnosed heading=heading diagnosis=diagnosis possible=possible steps=steps said=said facts=accepted />
    }
    .into_any()
}

/// A failure explained: its cause, what to do, and what was said. It stands wherever a diagnosis is shown.
#[component]
pub fn Diagnosed(
    heading: String,
    diagnosis: Diagnosis,
    /// The list's items: the causes that are possible, where none is certain.
    possible: AnyView,
    /// The list's items: what to do, in order.
    steps: AnyView,
    /// The words that show it, where something was said.
    said: Option<String>,
    /// Beside who found it and whether it lasts.
    facts: AnyView,
    /// "alert" for what must not be missed.
    #[prop(default = "alert")]
    role: &'static str,
) -> impl IntoView {
    let Diagnosis { explanation, found_by, temporary, provider, possibilities, .. } = diagnosis;
    let is_certain = possibilities.is_empty();
    let lasting = if temporary { "Perhaps not: it may pass" } else { "Yes, until something is changed" };
    let words = said.map(|words| {
        let copied = Signal::stored(words.clone());
        view! {
            <h2>"Proof"</h2>
            <div class="row evidence-line mono">
                <span class="grow">{words}</span>
                <Copy text=copied what="the server’s words" />
            </div>
        }
    });
    let found = view! {
        <p>{explanation}</p>
        <dl class="row facts">
            {fact("Found by", view! { <b>{found_by.label()}</b> })}
            {fact("Lasting", view! { <b>{lasting}</b> })}
            {facts}
        </dl>
    };
    view! {
        {note("bad", "circle-x", role, heading, found)}
        {(!is_certain).then(|| view! {
            <h2>"Possible causes"</h2>
            <ol class="steps causes">{possible}</ol>
        })}
        <h2>{if is_certain { "To fix it" } else { "If it is none of these" }}</h2>
        <ol class="steps">{steps}</ol>
        {words}
        {provider.map(known)}
    }
}

/// One cause that is possible, what speaks for it, and what to do first if this is it, with the button that does it.
pub fn possibility(possibility: Possibility, button: Option<AnyView>) -> AnyView {
    let Possibility { key: _, cause, evidence, fix: Fix { text, remedy: _ } } = possibility;
    view! {
        <li>
            <span class="stack">
                <b>{capitalized(&cause)}</b>
                <span class="muted">{evidence}</span>
                {text}
                {button}
            </span>
        </li>
    }
    .into_any()
}

/// One thing to do; where the form can do it, a button does.
fn step(test: &TestSend, number: usize, fix: Fix, offers: &Offers) -> AnyView {
    let Fix { text, remedy } = fix;
    let button = remedy.map(|remedy| button(test, number, remedy, offers));
    view! { <li><span class="stack">{text} {button}</span></li> }.into_any()
}

/// `number` is that of the fix among all that the diagnosis offers.
fn button(test: &TestSend, number: usize, remedy: Remedy, offers: &Offers) -> AnyView {
    let class = if number == 0 { "btn primary" } else { "btn" };
    match offers {
        // What was never saved cannot be changed from here.
        Offers::Saved { .. } if test.typed || test.account.is_none() => ().into_any(),
        Offers::Saved { list } => view! {
            <form action="/api/apply_remedy" method="post">
                <input type="hidden" name="test" value=test.id.to_string() />
                <input type="hidden" name="number" value=number.to_string() />
                <input type="hidden" name="list" value=list.clone() />
                <button class=class>{remedy.label()}</button>
            </form>
        }
        .into_any(),
        // What is on the screen may be another thing by then.
        Offers::Form { .. } if matches!(remedy, Remedy::Later(_)) => ().into_any(),
        Offers::Form { draft, again } => {
            let (draft, again, label) = (*draft, *again, remedy.label());
            let press = move |_| {
                draft.answers.update(|answers| remedy.apply(answers));
                again.run(());
            };
            view! { <button class=class type="button" on:click=press>{label}</button> }.into_any()
        }
    }
}

/// What is known of the provider, with where it is said.
fn known(facts: ProviderFacts) -> AnyView {
    if facts.facts.is_empty() {
        return ().into_any();
    }
    view! {
        <h2>{format!("What is known of {}", facts.name)}</h2>
        {sourced(facts)}
    }
    .into_any()
}

/// Everything above as text; the message's body is never part of it.
fn for_support(ended: &Ended) -> String {
    let Ended { test, report, diagnosis, coming: _ } = ended;
    let outcome = report.in_words(diagnosis.as_ref());
    let stages = report.stages.iter().map(|stage| {
        format!("{:<11} {:?} {} {}\n", stage.stage.label(), stage.state, milliseconds(stage.took), stage.fact)
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

/// The same for programs.
fn for_programs(ended: &Ended) -> leptos::serde_json::Value {
    leptos::serde_json::json!({ "test": ended.test, "diagnosis": ended.diagnosis })
}
