//! `posthouse test-send`: the test of an account, for scripts and probes. The same engine and the same record as the
//! window's.

use std::process::ExitCode;

use anyhow::{Context, anyhow, bail, ensure};
use backend::{Backend, command_line, diagnose};
use clap::Args;
use model::{
    Acceptance, AccountFilter, AccountId, Actor, Diagnosis, FieldErrors, Possibility, Problem, SmtpReport, Stage,
    TestSend, TestSendDraft,
};
use serde_json::{Value, json};

use crate::cli::Settings;

#[derive(Args)]
pub struct TestSendArgs {
    /// The account's ID, or its name
    account: String,
    /// Who gets the message
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// Ends there on purpose, and sends nothing: connect, tls, sign-in or recipient
    #[arg(long, value_name = "STAGE", default_value = "")]
    stop_after: String,
    /// Writes all that was found as JSON
    #[arg(long)]
    json: bool,
}

/// Tests the account. The exit code says how it ended: see [`exit_code`].
pub async fn run(settings: Settings, args: TestSendArgs) -> anyhow::Result<ExitCode> {
    let backend = Backend::open(settings.backend()?).await?;
    let tested = async {
        let actor = command_line()?;
        let account = find(&backend, &actor, &args.account).await?;
        let draft = TestSendDraft { stop_after: args.stop_after.clone(), ..TestSendDraft::prefilled(&args.to) };
        backend.send_test(&actor, account, &draft).await.map_err(in_words)
    };
    let tested = tested.await;
    backend.close().await;
    let test = tested?;
    let report = test.report.as_ref().context("the test has no result")?;
    if args.json {
        println!("{:#}", as_json(&test, report))
    } else {
        print!("{}", as_text(&test, report))
    }
    Ok(ExitCode::from(exit_code(report)))
}

/// What is wrong with each answer: there is no form to say it beside.
fn in_words(problem: Problem) -> anyhow::Error {
    match problem {
        Problem::Fields(FieldErrors(errors)) => {
            anyhow!(errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join(" "))
        }
        other => other.into(),
    }
}

/// An account by its number, else by its name, letter for letter.
async fn find(backend: &Backend, actor: &Actor, named: &str) -> anyhow::Result<AccountId> {
    if let Ok(id) = named.parse() {
        return Ok(AccountId(id));
    }
    let filter = AccountFilter { name: named.to_owned(), ..AccountFilter::default() };
    ensure!(!named.trim().is_empty(), "say which account: its ID or its name");
    let page = backend.list_accounts(actor, &filter).await?;
    match page.rows.iter().find(|row| row.name == named) {
        Some(row) => Ok(row.id),
        None => bail!("there is no account “{named}”"),
    }
}

/// 0: the server accepted the message, or everything up to the chosen stage works. 10 to 21: it failed at settings,
/// connector, DNS, TCP, greeting, EHLO, TLS, EHLO again, AUTH, MAIL, RCPT or DATA. 30: whether the message was taken is
/// not known.
fn exit_code(report: &SmtpReport) -> u8 {
    let failed_at = report.failure.as_ref().map(|failure| failure.stage);
    match (report.taken, failed_at) {
        (Acceptance::Yes, _) | (Acceptance::No, None) => 0,
        (Acceptance::Unknown, _) => 30,
        (Acceptance::No, Some(stage)) => match stage {
            Stage::Settings => 10,
            Stage::Connector => 11,
            Stage::Dns => 12,
            Stage::Tcp => 13,
            Stage::Greeting => 14,
            Stage::Ehlo => 15,
            Stage::Tls => 16,
            Stage::EhloAgain => 17,
            Stage::Auth => 18,
            Stage::Mail => 19,
            Stage::Rcpt => 20,
            Stage::Data | Stage::Quit => 21,
        },
    }
}

/// A line for each stage, then what came of it.
fn as_text(test: &TestSend, report: &SmtpReport) -> String {
    let stages = report.stages.iter().map(|stage| {
        let took = format!("{}.{} ms", stage.took / 1_000, stage.took / 100 % 10);
        format!("{:<11} {:<10} {took:>10}  {}\n", stage.stage.label(), format!("{:?}", stage.state), stage.fact)
    });
    format!("{}{}\n", stages.collect::<String>(), report.in_words(diagnose(test, report).as_ref()))
}

/// A possible cause, as `test-send` and `explain` write it.
pub fn possibility_as_json(possibility: &Possibility) -> Value {
    let Possibility { key, cause, evidence, fix } = possibility;
    json!({ "key": key, "cause": cause, "evidence": evidence, "fix": fix.text })
}

fn as_json(test: &TestSend, report: &SmtpReport) -> Value {
    let failure = report.failure.as_ref().zip(diagnose(test, report)).map(|(failure, diagnosis)| {
        let Diagnosis { key, cause, explanation, found_by, temporary, fixes, possibilities, provider, trust: _ } =
            diagnosis;
        let fixes: Vec<String> = fixes.into_iter().map(|fix| fix.text).collect();
        json!({
            "stage": failure.stage, "key": key, "cause": cause, "explanation": explanation,
            "found_by": found_by, "temporary": temporary, "fixes": fixes,
            "possibilities": possibilities.iter().map(possibility_as_json).collect::<Vec<_>>(),
            "provider": provider.map(|facts| facts.name),
            "reply": failure.reply.as_ref().map(ToString::to_string),
        })
    });
    json!({
        "test_send": test.id, "account": test.account, "account_name": test.account_name, "to": test.recipient,
        "host": test.host, "port": test.port, "connector": test.connector, "taken": report.taken,
        "stopped_after": report.stopped_after, "failure": failure,
        "reply": report.final_reply.as_ref().map(ToString::to_string), "queue_id": report.queue_id,
        "microseconds": report.took, "stages": report.stages, "tls": report.tls, "mechanism": report.mechanism,
        "transcript": report.transcript,
    })
}
