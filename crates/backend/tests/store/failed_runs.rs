//! Runs of schedules that wait, are cancelled, cannot be sent or are lost, on a clock of the test's own.

use model::{Problem, RunState, ScheduleDraft, Stage, YesNo};

use crate::context::{TestContext, draft};
use crate::mailbox::MailboxBehaviour;
use crate::on_both;
use crate::schedules::{DAY, Desk, MINUTE, at, later, morning};

on_both! {
    a_run_that_waits_is_cancelled
    a_recipient_that_is_refused_is_told
    an_account_that_cannot_send_stops_its_schedules
    a_run_that_nobody_holds_is_made_or_not_known
}

async fn a_run_that_waits_is_cancelled(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    let cancel = async || context.backend.cancel_run(&desk.actor, id).await;
    assert!(matches!(cancel().await, Err(Problem::Refused(_))), "nothing waits");
    desk.mailbox.becomes(MailboxBehaviour::Defers);
    at(context, first).await;
    assert_eq!(cancel().await, Ok("Every morning".to_owned()));
    desk.mailbox.becomes(MailboxBehaviour::Accepts);
    at(context, later(first, 5 * MINUTE)).await;
    let run = desk.runs(context, id).await.remove(0);
    assert_eq!(
        (run.state, run.attempts, run.words.as_str()),
        (RunState::Failed, 1, "Cancelled by ops@nordhavn.example.")
    );
    assert_eq!((desk.mailbox.taken(), cancel().await.is_err()), (Vec::new(), true));
    at(context, later(first, DAY)).await;
    let runs = desk.runs(context, id).await;
    assert_eq!((desk.mailbox.taken().len(), runs.len()), (1, 2), "the next one takes place: {runs:?}");
    assert!(cancel().await.is_err(), "what was sent is not held back");
}

async fn a_recipient_that_is_refused_is_told(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    desk.mailbox.becomes(MailboxBehaviour::Refuses("audit@nordhavn.example"));
    at(context, desk.next(context, id).await).await;
    let run = desk.runs(context, id).await.remove(0);
    assert_eq!((run.state, run.failed_at), (RunState::Sent, Some(Stage::Rcpt)));
    assert!(run.words.contains("audit@nordhavn.example (550 5.1.1 Nobody of this name)"), "{}", run.words);
    assert_eq!(desk.mailbox.taken()[0].to, ["ops@nordhavn.example"]);
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
}

async fn an_account_that_cannot_send_stops_its_schedules(context: &TestContext) {
    let desk = Desk::new(context).await;
    let other = context.create(&desk.actor, &draft("Other")).await;
    let chosen = ScheduleDraft { account: other.to_string(), ..morning() };
    let id = desk.schedule(context, &chosen).await;
    let first = desk.next(context, id).await;
    context.execute(&format!("UPDATE accounts SET enabled = false WHERE id = {}", other.0)).await;
    at(context, first).await;
    let page = desk.page(context, id).await;
    assert_eq!(
        page.stopped.as_deref(),
        Some("The account “Other” is disabled. Choose another account, or enable it again.")
    );
    assert_eq!((page.runs[0].state, page.runs[0].failed_at), (RunState::Failed, Some(Stage::Settings)));
    assert_eq!((page.next.len(), page.unseen), (0, true));
    at(context, later(first, 3 * DAY)).await;
    assert_eq!(desk.runs(context, id).await.len(), 1, "it does not run any more");
    let problem = context.backend.pause_schedule(&desk.actor, id, YesNo::No).await.expect_err("it could not send");
    assert!(problem.to_string().contains("is disabled"), "{problem}");
    context.execute(&format!("UPDATE accounts SET enabled = true WHERE id = {}", other.0)).await;
    context.backend.pause_schedule(&desk.actor, id, YesNo::No).await.expect("it can run again");
    let page = desk.page(context, id).await;
    assert_eq!((page.stopped, page.unseen, page.next.len()), (None, false, 5));
}

async fn a_run_that_nobody_holds_is_made_or_not_known(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    desk.mailbox.becomes(MailboxBehaviour::Defers);
    at(context, first).await;
    let lost =
        |state: &str| format!("UPDATE schedule_runs SET state = '{state}', held_until = {}, tries = 1", first.0 + 5);
    // Its server ended before it handed anything over.
    context.execute(&lost("running")).await;
    desk.mailbox.becomes(MailboxBehaviour::Accepts);
    at(context, later(first, 4)).await;
    assert_eq!(desk.runs(context, id).await[0].state, RunState::Running, "it is held");
    at(context, later(first, MINUTE)).await;
    let run = desk.runs(context, id).await.remove(0);
    assert_eq!((run.state, run.attempts), (RunState::Sent, 1), "a try that was cut off does not count");
    // And one that ended while it did.
    context.execute(&lost("sending")).await;
    at(context, later(first, MINUTE)).await;
    let run = desk.runs(context, id).await.remove(0);
    assert_eq!((run.state, desk.mailbox.taken().len()), (RunState::Unknown, 1));
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
}
