//! Schedules, on a clock of the test's own: each planned time happens once.

use model::{
    AccountFilter, AccountId, Actor, ExportFormat, Filter, Moment, Problem, ReportFormat, Rhythm, RunState,
    ScheduleDraft, ScheduleFilter, ScheduleId, SchedulePage, ScheduleRun, Stage, YesNo,
};

use crate::context::{TestContext, draft};
use crate::mailbox::{Mailbox, MailboxBehaviour};
use crate::on_both;

on_both! {
    a_report_is_sent_at_its_time_and_not_before
    a_table_stands_in_the_message
    a_week_without_a_server_is_one_late_run
    a_clock_that_goes_back_repeats_nothing
    what_may_have_been_taken_is_not_sent_again
    a_run_that_waits_is_cancelled
    a_recipient_that_is_refused_is_told
    an_account_that_cannot_send_stops_its_schedules
    a_run_that_nobody_holds_is_made_or_not_known
    two_servers_send_each_report_once
    a_paused_schedule_runs_by_hand_alone
    a_report_without_rows_is_sent_if_that_is_wanted
    what_does_not_hold_is_said_beside_its_field
    a_deleted_schedule_is_gone_with_its_runs
}

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

pub fn later(moment: Moment, microseconds: i64) -> Moment {
    Moment(moment.0 + microseconds)
}

/// Somebody, a mailbox, and an account that sends to it.
pub struct Desk {
    pub actor: Actor,
    pub mailbox: Mailbox,
    pub account: AccountId,
}

impl Desk {
    pub async fn new(context: &TestContext) -> Self {
        Self::new_for(context, context.actor().await).await
    }

    pub async fn new_for(context: &TestContext, actor: Actor) -> Self {
        let mailbox = Mailbox::open().await;
        let account = context.create(&actor, &mailbox.account("Relay")).await;
        Self { actor, mailbox, account }
    }

    pub async fn schedule(&self, context: &TestContext, draft: &ScheduleDraft) -> ScheduleId {
        context.backend.create_schedule(&self.actor, draft).await.expect("the draft keeps the rules").id
    }

    pub async fn page(&self, context: &TestContext, id: ScheduleId) -> SchedulePage {
        context.backend.schedule_page(&self.actor, id).await.expect("it is there")
    }

    /// The next time that is planned.
    pub async fn next(&self, context: &TestContext, id: ScheduleId) -> Moment {
        self.page(context, id).await.next.first().expect("it runs again").at
    }

    pub async fn runs(&self, context: &TestContext, id: ScheduleId) -> Vec<ScheduleRun> {
        self.page(context, id).await.runs
    }
}

pub async fn at(context: &TestContext, now: Moment) {
    context.backend.run_schedules_at(now).await.expect("the database answers");
}

pub fn morning() -> ScheduleDraft {
    ScheduleDraft {
        name: "Every morning".to_owned(),
        query: "columns=id,name,sender&name=r&sort=-name".to_owned(),
        recipients: "ops@nordhavn.example, audit@nordhavn.example".to_owned(),
        subject: "Accounts of Nordhavn".to_owned(),
        ..ScheduleDraft::default()
    }
}

async fn a_report_is_sent_at_its_time_and_not_before(context: &TestContext) {
    let desk = Desk::new(context).await;
    context.create(&desk.actor, &draft("Årsrapport")).await;
    context.create(&desk.actor, &draft("Left out")).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    at(context, later(first, -1)).await;
    assert_eq!(desk.mailbox.taken(), []);
    at(context, first).await;
    at(context, later(first, MINUTE)).await;
    let taken = desk.mailbox.taken();
    assert_eq!(taken.len(), 1, "once");
    assert_eq!(taken[0].to, ["ops@nordhavn.example", "audit@nordhavn.example"]);
    assert_eq!(taken[0].from, "bounces@nordhavn.example");
    assert_eq!(taken[0].header("Subject"), "Accounts of Nordhavn");
    assert_eq!(taken[0].header("From"), "billing@nordhavn.example");
    assert_eq!(taken[0].header("Auto-Submitted"), "auto-generated");

    let runs = desk.runs(context, id).await;
    let run = &runs[0];
    assert_eq!((runs.len(), run.state, run.planned_at, run.attempts), (1, RunState::Sent, first, 1), "{run:?}");
    assert_eq!((run.rows, run.recipients, run.late, run.missed), (Some(2), 2, false, 0));
    assert_eq!((run.words.as_str(), run.account.as_deref()), ("250 2.0.0 Ok: queued as 4ABC", Some("Relay")));
    let file = context.backend.find_run_file(&desk.actor, run.id).await.expect("it is kept");
    assert_eq!(run.size, Some(file.content.len() as u64));
    let filter = AccountFilter::from_query(&morning().query);
    let export = context.backend.export_accounts(&desk.actor, &filter, ExportFormat::Csv).await;
    let mut export = export.expect("it is exported");
    let mut wanted = Vec::new();
    while let Some(piece) = export.next().await {
        wanted.extend(piece.expect("the database answers"));
    }
    assert_eq!(file.content, wanted);
    assert!(taken[0].text.contains(&file.name), "it is attached by its name");
    assert_eq!(desk.next(context, id).await, later(first, DAY));
}

async fn a_table_stands_in_the_message(context: &TestContext) {
    let desk = Desk::new(context).await;
    context.create(&desk.actor, &draft("R<b>&amp;")).await;
    let draft = ScheduleDraft { format: ReportFormat::Table, ..morning() };
    let id = desk.schedule(context, &draft).await;
    at(context, desk.next(context, id).await).await;
    let taken = desk.mailbox.taken();
    assert!(taken[0].text.contains("R&lt;b&gt;&amp;amp;"), "{}", taken[0].text);
    assert!(taken[0].text.contains("Name: R<b>&amp;"), "{}", taken[0].text);
    assert!(!taken[0].text.contains("attachment"));
}

async fn a_week_without_a_server_is_one_late_run(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    at(context, later(first, 7 * DAY + 60 * MINUTE)).await;
    let runs = desk.runs(context, id).await;
    let said: Vec<_> = runs.iter().map(|run| (run.planned_at, run.state, run.late, run.missed)).collect();
    assert_eq!(said, [(first, RunState::Sent, true, 7)]);
    assert_eq!(desk.mailbox.taken().len(), 1);
    at(context, later(first, 8 * DAY)).await;
    let runs = desk.runs(context, id).await;
    assert_eq!((runs.len(), runs[0].late, runs[0].planned_at), (2, false, later(first, 8 * DAY)));
}

async fn a_clock_that_goes_back_repeats_nothing(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    at(context, later(first, MINUTE)).await;
    for back in [DAY, 60 * MINUTE, MINUTE, 0] {
        at(context, later(first, -back)).await;
    }
    // The times are counted anew from what the clock shows: the one that was is planned again, and stays one.
    context.execute(&format!("UPDATE schedules SET next_at = {} WHERE id = {}", first.0, id.0)).await;
    at(context, later(first, MINUTE)).await;
    assert_eq!((desk.runs(context, id).await.len(), desk.mailbox.taken().len()), (1, 1));
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

async fn two_servers_send_each_report_once(context: &TestContext) {
    let desk = Desk::new(context).await;
    let mut ids = Vec::new();
    for number in 0..30 {
        let name = format!("Schedule {number}");
        ids.push(desk.schedule(context, &ScheduleDraft { name, ..morning() }).await);
    }
    let first = desk.next(context, ids[0]).await;
    let others = [context.reopened().await, context.reopened().await];
    let runs = [&context.backend, &others[0], &others[1]].map(|backend| {
        let backend = backend.clone();
        tokio::spawn(async move { backend.run_schedules_at(first).await })
    });
    for run in runs {
        run.await.expect("nothing panics").expect("the database answers");
    }
    let mut sent: Vec<_> = desk.mailbox.taken().iter().map(|taken| taken.header("Message-ID")).collect();
    let count = sent.len();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!((count, sent.len()), (30, 30));
    for id in ids {
        assert_eq!(desk.runs(context, id).await.iter().map(|run| run.state).collect::<Vec<_>>(), [RunState::Sent]);
    }
    for other in others {
        other.close().await;
    }
}

async fn a_paused_schedule_runs_by_hand_alone(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    context.backend.pause_schedule(&desk.actor, id, YesNo::Yes).await.expect("it is there");
    at(context, later(first, DAY)).await;
    assert_eq!(desk.runs(context, id).await, []);
    context.backend.run_schedule(&desk.actor, id).await.expect("it is there");
    let twice = context.backend.run_schedule(&desk.actor, id).await;
    assert!(matches!(twice, Err(Problem::Refused(_))), "{twice:?}");
    at(context, later(first, DAY)).await;
    let runs = desk.runs(context, id).await;
    assert_eq!((runs.len(), runs[0].state, runs[0].by_hand), (1, RunState::Sent, true));
}

async fn a_report_without_rows_is_sent_if_that_is_wanted(context: &TestContext) {
    let desk = Desk::new(context).await;
    let nothing = ScheduleDraft { query: "name=nobody".to_owned(), send_empty: YesNo::No, ..morning() };
    let id = desk.schedule(context, &nothing).await;
    let other =
        desk.schedule(context, &ScheduleDraft { name: "Other".to_owned(), send_empty: YesNo::Yes, ..nothing }).await;
    at(context, desk.next(context, id).await).await;
    assert_eq!(desk.runs(context, id).await[0].state, RunState::Empty);
    assert_eq!(desk.runs(context, other).await[0].state, RunState::Sent);
    assert_eq!(desk.mailbox.taken().len(), 1);
}

async fn what_does_not_hold_is_said_beside_its_field(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let check = async |draft: ScheduleDraft, field: &str, words: &str| {
        let problem = context.backend.create_schedule(&desk.actor, &draft).await.expect_err(words);
        let errors = problem.field_errors().cloned().unwrap_or_default();
        assert_eq!(errors.0.len(), 1, "{errors:?}");
        assert!(errors.get(field).is_some_and(|message| message.contains(words)), "{errors:?}");
    };
    let new = ScheduleDraft { name: "New".to_owned(), ..morning() };
    check(ScheduleDraft { name: "EVERY MORNING".to_owned(), ..morning() }, "name", "exists already").await;
    check(ScheduleDraft { zone: "Europe/Atlantis".to_owned(), ..new.clone() }, "zone", "no time zone").await;
    let cron = |cron: &str| ScheduleDraft { rhythm: Rhythm::Cron, cron: cron.to_owned(), ..new.clone() };
    check(cron("0 0 31 2 *"), "cron", "never comes due").await;
    check(cron("61 0 * * *"), "cron", "Field 1").await;
    check(ScheduleDraft { recipients: "ops@nordhavn".to_owned() + "\n@", ..new.clone() }, "recipients", "Line 2").await;
    context
        .execute(&format!("UPDATE accounts SET enabled = false, is_default = false WHERE id = {}", desk.account.0))
        .await;
    check(new.clone(), "account", "no default account").await;
    check(ScheduleDraft { account: desk.account.to_string(), ..new }, "account", "is disabled").await;

    let form = context.backend.find_schedule(&desk.actor, id).await.expect("it is there");
    assert_eq!(form.draft.recipients, "ops@nordhavn.example\naudit@nordhavn.example");
    assert_eq!(form.next.map(|next| next.len()), Ok(5));
    let paused = ScheduleDraft { enabled: YesNo::No, ..form.draft };
    context.backend.update_schedule(&desk.actor, id, form.version, &paused).await.expect("nobody saved meanwhile");
    let stale = context.backend.update_schedule(&desk.actor, id, form.version, &morning()).await;
    assert!(matches!(stale, Err(Problem::Conflict(_))), "{stale:?}");
}

async fn a_deleted_schedule_is_gone_with_its_runs(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    at(context, first).await;
    let run = desk.runs(context, id).await[0].id;
    assert_eq!(context.backend.delete_schedule(&desk.actor, id).await.as_deref(), Ok("Every morning"));
    assert!(matches!(context.backend.schedule_page(&desk.actor, id).await, Err(Problem::NotFound(_))));
    assert!(matches!(context.backend.find_run_file(&desk.actor, run).await, Err(Problem::NotFound(_))));
    let list = context.backend.list_schedules(&desk.actor, &ScheduleFilter::default()).await.expect("it is listed");
    assert_eq!((list.total, list.rows.len()), (0, 0));
    at(context, later(first, DAY)).await;
    assert_eq!(desk.mailbox.taken().len(), 1);
}
