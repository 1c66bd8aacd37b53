//! Tests of several accounts: all are tested, a few at a time; what cannot begin says why; it can be cancelled.

use std::time::Duration;

use backend::{Applied, Backend, Config, TestOf};
use model::batch::BATCH_AT_MOST;
use model::{
    Acceptance, AccountDraft, AccountId, Actor, BatchId, BatchPage, BatchSum, ConnectionSecurity, Problem, Remedy,
    Selection, Stage, TestEnd, TestSendDraft, YesNo,
};

use crate::context::{TestContext, draft};
use crate::on_both;
use crate::sink::Sink;
use crate::support::scripted::{Act, Point, Script};

on_both! {
    all_that_were_chosen_are_tested
    what_cannot_begin_says_why
    a_batch_is_cancelled
    a_batch_whose_server_was_stopped_has_ended
    a_greylisted_test_begins_again_by_itself_and_can_be_cancelled
    a_hundred_tests_at_once_each_have_their_own_transcript
}

async fn account(context: &TestContext, actor: &Actor, name: &str, port: u16) -> AccountId {
    let clear = AccountDraft {
        host: "127.0.0.1".to_owned(),
        port: port.to_string(),
        safe_connection: YesNo::No,
        ..draft(name)
    };
    context.create(actor, &clear).await
}

fn until(stop_after: &str) -> TestSendDraft {
    TestSendDraft { stop_after: stop_after.to_owned(), ..TestSendDraft::prefilled("to@nordhavn.example") }
}

/// The batch, once it is like this.
async fn once(context: &TestContext, actor: &Actor, id: BatchId, is: impl Fn(&BatchPage) -> bool) -> BatchPage {
    for _ in 0..1_000 {
        let page = context.backend.find_batch(actor, id).await.expect("it is kept");
        if is(&page) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the batch does not get there: {:?}", context.backend.find_batch(actor, id).await);
}

async fn all_that_were_chosen_are_tested(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(true).await);
    let mut chosen = Vec::new();
    for n in 0..6 {
        chosen.push(account(context, &actor, &format!("Works {n}"), sink.port).await);
    }
    chosen.push(account(context, &actor, "Nobody listens", 1).await);
    account(context, &actor, "Not chosen", sink.port).await;
    let selection = Selection::These(chosen.clone());
    let form = context.backend.preview_batch(&actor, &selection).await.expect("they are there");
    assert_eq!((form.chosen, form.first.len(), form.recipient.as_str()), (7, 7, "ops@nordhavn.example"));

    let id = context.backend.begin_batch(&actor, &selection, &until("recipient")).await.expect("it begins");
    let page = once(context, &actor, id, |page| !page.running).await;
    assert_eq!(page.sum(), BatchSum { well: 6, failed: 1, other: 0, left: 0 });
    assert_eq!(page.rows.iter().map(|row| row.item.account).collect::<Vec<_>>(), chosen);
    assert_eq!(page.stop_after.as_deref(), Some("the recipient"));
    for row in &page.rows[..6] {
        let test = row.item.test.expect("it was tested");
        let shown = context.backend.find_test_send(&actor, test).await.expect("it is kept like any other");
        assert_eq!((shown.test.account, row.ended), (Some(row.item.account), Some(TestEnd::Checked)));
    }
    assert_eq!((page.rows[6].failed_at, page.rows[6].outcome().as_str()), (Some(Stage::Tcp), "Failed at TCP"));
}

async fn what_cannot_begin_says_why(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let (one, two) =
        (account(context, &actor, "One", sink.port).await, account(context, &actor, "Two", sink.port).await);
    let nobody = context.backend.begin_batch(&actor, &Selection::These(vec![AccountId(99)]), &until("")).await;
    assert!(matches!(nobody, Err(Problem::Refused(_))), "{nobody:?}");
    let none = context.backend.begin_batch(&actor, &Selection::These(Vec::new()), &until("")).await;
    assert!(matches!(none, Err(Problem::Malformed(_))), "{none:?}");
    let wrong = TestSendDraft { recipient: "nobody".to_owned(), ..until("") };
    let wrong = context.backend.begin_batch(&actor, &Selection::These(vec![one]), &wrong).await;
    assert!(matches!(wrong, Err(Problem::Fields(_))), "{wrong:?}");

    // The first account is being tested already.
    let (backend, tester) = (context.backend.clone(), actor.clone());
    let single = tokio::spawn(async move { backend.send_test(&tester, one, &until("")).await });
    while context.backend.running_test(&actor, one).await.expect("it is there").is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let both = Selection::These(vec![one, two]);
    let id = context.backend.begin_batch(&actor, &both, &until("")).await.expect("it begins");
    let both_begun = |page: &BatchPage| page.rows[0].item.problem.is_some() && page.rows[1].item.test.is_some();
    let page = once(context, &actor, id, both_begun).await;
    let why = page.rows[0].item.problem.as_deref();
    assert_eq!(why, Some("A test of “One” is running. Wait for its end."));
    assert!(page.running, "{page:?}");
    let second = context.backend.begin_batch(&actor, &both, &until("")).await;
    assert!(matches!(second, Err(Problem::Refused(_))), "one of a person at a time: {second:?}");
    sink.answers.send(true).expect("somebody waits");
    let page = once(context, &actor, id, |page| !page.running).await;
    assert_eq!(page.sum(), BatchSum { well: 1, failed: 0, other: 1, left: 0 });
    single.await.expect("it does not panic").expect("it is sent");

    for n in 0..BATCH_AT_MOST {
        context.create(&actor, &draft(&format!("More {n}"))).await;
    }
    let all = Selection::from_query("all=Yes");
    let many = context.backend.begin_batch(&actor, &all, &until("")).await.expect_err("that is too many");
    assert!(many.to_string().contains("At most 200"), "{many}");
}

async fn a_batch_is_cancelled(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let mut chosen = Vec::new();
    for n in 0..6 {
        chosen.push(account(context, &actor, &format!("Waits {n}"), sink.port).await);
    }
    let id = context.backend.begin_batch(&actor, &Selection::These(chosen), &until("")).await.expect("it begins");
    let begun = |page: &BatchPage| page.rows.iter().filter(|row| row.item.test.is_some()).count();
    let page = once(context, &actor, id, |page| begun(page) == 4).await;
    assert_eq!(page.sum().left, 6, "four run, two wait");
    context.backend.cancel_batch(&actor, id).await.expect("it can be cancelled");
    let page = once(context, &actor, id, |page| !page.running).await;
    let cancelled = page.rows.iter().filter(|row| row.ended == Some(TestEnd::Cancelled)).count();
    assert_eq!((cancelled, page.sum().other), (4, 6), "{page:?}");
    let again = context.backend.cancel_batch(&actor, id).await;
    assert!(matches!(again, Err(Problem::Refused(_))), "{again:?}");
}

async fn a_batch_whose_server_was_stopped_has_ended(context: &TestContext) {
    let actor = context.actor().await;
    let items = r#"[{"account":1,"name":"One","test":null,"problem":null}]"#;
    let insert = format!(
        "INSERT INTO test_batches (started_at, started_by, recipient, stop_after, items, seen_at, ended)
         VALUES (0, 'ops@nordhavn.example', 'to@nordhavn.example', '', '{items}', 0, FALSE)"
    );
    context.execute(&insert).await;
    let page = context.backend.find_batch(&actor, BatchId(1)).await.expect("it is kept");
    assert_eq!((page.running, page.rows[0].outcome().as_str()), (false, "Not tested"));
    let missing = context.backend.find_batch(&actor, BatchId(2)).await;
    assert!(matches!(missing, Err(Problem::NotFound(_))), "{missing:?}");
}

async fn a_greylisted_test_begins_again_by_itself_and_can_be_cancelled(context: &TestContext) {
    let actor = context.actor().await;
    let refusal = b"450 4.2.0 Greylisted, come back in 7 minutes\r\n";
    let (port, served) = Script::new(ConnectionSecurity::None).act(Point::Rcpt, Act::Say(refusal)).start().await;
    let id = account(context, &actor, "Greylisted", port).await;
    let test = context.backend.send_test(&actor, id, &until("")).await.expect("a failure is a result");
    served.await.expect("the server ends");
    let shown = context.backend.find_test_send(&actor, test.id).await.expect("it is kept");
    let fixes = shown.diagnosis.expect("it failed").fixes;
    let later = fixes.iter().position(|fix| fix.remedy == Some(Remedy::Later(7))).expect("it is offered");
    let applied = context.backend.apply_remedy(&actor, test.id, later).await.expect("it will begin");
    let Applied::Later(batch) = applied else { panic!("it begins later: {applied:?}") };
    let page = context.backend.find_batch(&actor, batch).await.expect("it is kept");
    let in_minutes = page.begins_at.map(|at| (at.0 - page.started_at.0) / 60_000_000);
    assert!(page.running && in_minutes.is_some_and(|minutes| (6..=7).contains(&minutes)), "{page:?}");
    assert_eq!((page.rows.len(), page.rows[0].item.account, page.rows[0].item.test), (1, id, None));
    let none = context.backend.apply_remedy(&actor, test.id, 99).await;
    assert!(matches!(none, Err(Problem::Refused(_))), "{none:?}");
    context.backend.cancel_batch(&actor, batch).await.expect("it waits");
    let page = once(context, &actor, batch, |page| !page.running).await;
    assert_eq!(page.rows[0].item.problem.as_deref(), Some("It was cancelled."));
}

async fn a_hundred_tests_at_once_each_have_their_own_transcript(context: &TestContext) {
    let (actor, sink) = (context.actor().await, Sink::new(false).await);
    let config = Config { tests_per_minute: u32::MAX, ..context.database.config() };
    let backend = Backend::open(config).await.expect("it opens once more");
    let mut running = Vec::new();
    for n in 0..100 {
        let sender = format!("bounces+{n}@nordhavn.example");
        let clear = AccountDraft {
            host: "127.0.0.1".to_owned(),
            port: sink.port.to_string(),
            safe_connection: YesNo::No,
            return_path: sender.clone(),
            ..draft(&format!("At once {n}"))
        };
        let id = context.create(&actor, &clear).await;
        running.push((backend.begin_test(&actor, TestOf::Saved(id), &until("")).await.expect("it begins"), sender));
    }
    // All wait for the server; now it answers.
    sink.answers.send(true).expect("somebody waits");
    for (begun, sender) in running {
        let report = begun.ended().await.expect("it is kept").report.expect("it ended");
        let mail: Vec<_> = report.transcript.iter().filter(|line| line.text.starts_with("MAIL ")).collect();
        assert_eq!((report.taken, mail.len()), (Acceptance::Yes, 1), "{:?}", report.failure);
        assert!(mail[0].text.contains(&format!("<{sender}>")), "{} has {}", sender, mail[0].text);
    }
    backend.close().await;
}
