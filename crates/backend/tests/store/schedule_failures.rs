//! Scheduled reports that a mail server does not take: which are tried again, and what is said of the others.

use std::time::Duration;

use backend::{Backend, Config};
use model::{AccountDraft, AccountId, RunState, ScheduleDraft, Stage, YesNo};
use smtp::StageLimits;

use crate::context::TestContext;
use crate::mailbox::MailboxBehaviour;
use crate::on_both;
use crate::schedules::{Desk, at, later, morning};

on_both! {
    a_failed_run_is_tried_again_after_1_5_and_30_minutes
    what_is_refused_for_good_fails_at_once
    what_may_have_been_taken_is_not_sent_again
    a_silence_after_the_message_is_told_as_our_end
}

const MINUTE: i64 = 60_000_000;

async fn a_failed_run_is_tried_again_after_1_5_and_30_minutes(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let mut now = desk.next(context, id).await;
    desk.mailbox.becomes(MailboxBehaviour::Defers);
    for (tries, pause) in [(1, 1), (2, 5), (3, 30)] {
        at(context, now).await;
        let run = desk.runs(context, id).await.remove(0);
        assert_eq!((run.state, run.attempts, run.failed_at), (RunState::Waiting, tries, Some(Stage::Mail)), "{run:?}");
        assert_eq!(run.words, "451 4.3.0 Not now");
        let wait = run.due_at.0 - now.0;
        assert!((pause * MINUTE..pause * MINUTE + 30_000_000).contains(&wait), "try {tries}: {wait}");
        assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(0), "it can still succeed");
        at(context, later(run.due_at, -1)).await;
        assert_eq!(desk.runs(context, id).await[0].attempts, tries, "not before its time");
        now = run.due_at;
    }
    at(context, now).await;
    let run = desk.runs(context, id).await.remove(0);
    assert_eq!((run.state, run.attempts), (RunState::Failed, 4));
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
    let other = context.person("other@nordhavn.example").await;
    assert_eq!(context.backend.count_unseen_schedules(&other).await, Ok(0), "its owner sees it");
    context.backend.see_schedule(&desk.actor, id).await.expect("it is there");
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(0));
    // The next time is another run, and all is well again.
    desk.mailbox.becomes(MailboxBehaviour::Accepts);
    at(context, desk.next(context, id).await).await;
    assert_eq!(desk.runs(context, id).await[0].state, RunState::Sent);
}

async fn what_is_refused_for_good_fails_at_once(context: &TestContext) {
    let desk = Desk::new(context).await;
    let encrypted = AccountDraft { safe_connection: YesNo::Yes, ..desk.mailbox.account("Encrypted") };
    let encrypted = context.create(&desk.actor, &encrypted).await;
    let by = |account: AccountId| ScheduleDraft { account: account.to_string(), ..morning() };
    let cases = [
        (desk.account, MailboxBehaviour::Rejects("550 5.7.1 Not from here"), Stage::Mail, "550 5.7.1 Not from here"),
        (desk.account, MailboxBehaviour::Rejects("250 5.7.1 Not from here"), Stage::Mail, "250 5.7.1 Not from here"),
        (encrypted, MailboxBehaviour::Accepts, Stage::Tls, "STARTTLS is not offered"),
    ];
    for (number, (account, behaviour, stage, words)) in (1..).zip(cases) {
        let id = desk.schedule(context, &ScheduleDraft { name: format!("Report {number}"), ..by(account) }).await;
        let first = desk.next(context, id).await;
        desk.mailbox.becomes(behaviour);
        at(context, first).await;
        let run = desk.runs(context, id).await.remove(0);
        assert_eq!((run.state, run.attempts, run.failed_at), (RunState::Failed, 1, Some(stage)), "{run:?}");
        assert_eq!(run.words, words);
        assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(number), "it is shown at once");
        desk.mailbox.becomes(MailboxBehaviour::Accepts);
        at(context, later(first, 120 * MINUTE)).await;
        assert_eq!(desk.runs(context, id).await[0].attempts, 1, "no attempt follows");
        context.execute(&format!("UPDATE schedules SET enabled = false WHERE id = {}", id.0)).await;
    }
    assert_eq!(desk.mailbox.taken(), []);
}

async fn a_silence_after_the_message_is_told_as_our_end(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    let each = StageLimits::each(Duration::from_secs(20));
    let schedule_limits = StageLimits { after_dot: Duration::from_millis(300), ..each };
    let impatient = Backend::open(Config { schedule_limits, ..context.database.config() }).await.expect("it opens");
    desk.mailbox.becomes(MailboxBehaviour::IsSilent);
    impatient.run_schedules_at(first).await.expect("the database answers");
    impatient.close().await;
    at(context, later(first, 120 * MINUTE)).await;
    let runs = desk.runs(context, id).await;
    assert_eq!((runs.len(), runs[0].state, runs[0].attempts), (1, RunState::Unknown, 1), "{runs:?}");
    let words = "The server did not answer the message within 0.3 s, and Posthouse stopped waiting.";
    assert!(runs[0].words.starts_with(words), "{}", runs[0].words);
    assert_eq!(desk.mailbox.taken().len(), 1);
}

async fn what_may_have_been_taken_is_not_sent_again(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    desk.mailbox.becomes(MailboxBehaviour::Vanishes);
    at(context, first).await;
    desk.mailbox.becomes(MailboxBehaviour::Accepts);
    at(context, later(first, 120 * MINUTE)).await;
    let runs = desk.runs(context, id).await;
    assert_eq!((runs.len(), runs[0].state, runs[0].attempts), (1, RunState::Unknown, 1), "{runs:?}");
    assert!(runs[0].words.contains("is not known"), "{}", runs[0].words);
    assert_eq!(desk.mailbox.taken().len(), 1);
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
}
