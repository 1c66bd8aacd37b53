//! Schedules, on a clock of the test's own: each planned time happens once.

use model::{
    AccountFilter, AccountId, Actor, ExportFormat, Filter, Moment, Problem, ReportFormat, Rhythm, RunState,
    ScheduleDraft, ScheduleFilter, ScheduleId, SchedulePage, ScheduleRun, YesNo,
};

use crate::context::{TestContext, draft};
use crate::mailbox::Mailbox;
use crate::on_both;

on_both! {
    a_report_is_sent_at_its_time_and_not_before
    a_table_stands_in_the_message
    a_week_without_a_server_is_one_late_run
    a_clock_that_goes_back_repeats_nothing
    two_servers_send_each_report_once
    a_paused_schedule_runs_by_hand_alone
    a_report_without_rows_is_sent_if_that_is_wanted
    what_does_not_hold_is_said_beside_its_field
    a_deleted_schedule_is_gone_with_its_runs
}

pub const MINUTE: i64 = 60_000_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

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
