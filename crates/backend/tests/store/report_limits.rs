//! Schedules send no bulk mail: who may receive reports, how often, how many, and how much is kept of them.

use backend::{Backend, Config, DayBudget, ReportLimits};
use model::{DeletedRecord, Problem, RecordKind, Rhythm, RunState, ScheduleDraft, ScheduleId, YesNo};

use crate::context::TestContext;
use crate::on_both;
use crate::schedules::{Desk, at, later, morning};

on_both! {
    a_report_goes_to_people_and_to_allowed_domains_alone
    a_recipient_who_is_allowed_no_more_stops_the_schedule
    a_schedule_that_runs_too_often_is_refused_and_stops_where_it_is_there_already
    one_person_sends_so_many_messages_on_a_day
    all_schedules_together_send_so_many_messages_on_a_day
    a_message_that_is_too_much_for_the_day_is_held_back
    one_person_has_so_many_schedules
    the_oldest_files_go_first
    run_now_counts_as_a_test_does
    the_schedules_of_a_person_who_is_gone_stop
    a_pause_loses_nothing_that_is_saved_meanwhile
}

const DAY: i64 = 24 * 60 * 60_000_000;

/// The same database under other limits.
async fn limited(context: &TestContext, change: impl FnOnce(&mut ReportLimits)) -> Backend {
    let mut config = context.database.config();
    change(&mut config.reports);
    Backend::open(config).await.expect("it opens again")
}

fn to(recipients: &str) -> ScheduleDraft {
    ScheduleDraft { recipients: recipients.to_owned(), ..morning() }
}

fn named(name: &str) -> ScheduleDraft {
    ScheduleDraft { name: name.to_owned(), ..morning() }
}

const NOT_ALLOWED: &str = "“stranger@elsewhere.example” may not receive reports. Reports go to people who can sign in to Posthouse, and to addresses at nordhavn.example. Whoever runs Posthouse can allow a domain with --report-domains.";

async fn a_report_goes_to_people_and_to_allowed_domains_alone(context: &TestContext) {
    let desk = Desk::new(context).await;
    context.person("Known@elsewhere.example").await;
    let draft = to("any@nordhavn.example, stranger@elsewhere.example, known@Elsewhere.example");
    let refused = context.backend.create_schedule(&desk.actor, &draft);
    let refused = refused.await.expect_err("a stranger");
    assert_eq!(refused.field_errors().and_then(|errors| errors.get("recipients")), Some(NOT_ALLOWED), "{refused:?}");
    let form = context.backend.new_schedule(&desk.actor, "").await.expect("the form New");
    assert!(form.may_receive.contains("addresses at nordhavn.example"), "{}", form.may_receive);
    let id = desk.schedule(context, &to("any@nordhavn.example, known@Elsewhere.example")).await;
    let form = context.backend.find_schedule(&desk.actor, id).await.expect("it can be edited");
    let draft = ScheduleDraft { recipients: "stranger@elsewhere.example".to_owned(), ..form.draft };
    let refused = context.backend.update_schedule(&desk.actor, id, form.version, &draft).await.expect_err("a stranger");
    assert_eq!(refused.field_errors().and_then(|errors| errors.get("recipients")), Some(NOT_ALLOWED));
    at(context, desk.next(context, id).await).await;
    assert_eq!(desk.mailbox.taken()[0].to, ["any@nordhavn.example", "known@Elsewhere.example"]);
}

async fn a_recipient_who_is_allowed_no_more_stops_the_schedule(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let by_hand = desk.schedule(context, &ScheduleDraft { enabled: YesNo::No, ..named("By hand") }).await;
    let first = desk.next(context, id).await;
    let narrow = limited(context, |limits| limits.domains.clear()).await;
    narrow.run_schedule(&desk.actor, by_hand).await.expect("it begins");
    narrow.run_schedules_at(first).await.expect("the database answers");
    let why = "“audit@nordhavn.example” may not receive reports. Reports go to people who can sign in to Posthouse. Whoever runs Posthouse can allow a domain with --report-domains.";
    for id in [id, by_hand] {
        let page = desk.page(context, id).await;
        assert_eq!((page.stopped.as_deref(), page.runs[0].state), (Some(why), RunState::Failed));
    }
    assert_eq!(desk.mailbox.taken(), []);
    let resumed = narrow.pause_schedule(&desk.actor, id, YesNo::No).await;
    assert_eq!(resumed, Err(Problem::Refused(why.to_owned())));
    narrow.pause_schedule(&desk.actor, id, YesNo::Yes).await.expect("it can be paused all the same");
    context.backend.pause_schedule(&desk.actor, id, YesNo::No).await.expect("the domain is allowed again");
    narrow.close().await;
}

async fn a_schedule_that_runs_too_often_is_refused_and_stops_where_it_is_there_already(context: &TestContext) {
    let desk = Desk::new(context).await;
    let cron = |line: &str| ScheduleDraft { rhythm: Rhythm::Cron, cron: line.to_owned(), ..morning() };
    let refused = context.backend.create_schedule(&desk.actor, &cron("*/5 * * * *")).await.expect_err("too often");
    let message = refused.field_errors().and_then(|errors| errors.get("cron")).unwrap_or_default();
    assert!(message.starts_with("A schedule runs at most every 15 minutes. This one would run on "), "{refused:?}");
    assert!(context.backend.preview_schedule(&desk.actor, &cron("* * * * *")).is_err());
    let id = desk.schedule(context, &cron("*/15 * * * *")).await;
    let first = desk.next(context, id).await;
    at(context, first).await;
    assert_eq!(desk.mailbox.taken().len(), 1);
    context.execute(r#"UPDATE schedules SET recurrence = '{"Cron":"* * * * *"}'"#).await;
    at(context, later(first, DAY)).await;
    let page = desk.page(context, id).await;
    assert!(page.stopped.is_some_and(|why| why.contains("every 15 minutes")), "{:?}", page.runs);
    assert_eq!((page.runs.len(), page.unseen, desk.mailbox.taken().len()), (1, true, 1));
}

async fn one_person_sends_so_many_messages_on_a_day(context: &TestContext) {
    let desk = Desk::new(context).await;
    let other = context.person("other@nordhavn.example").await;
    let ids = [desk.schedule(context, &named("One")).await, desk.schedule(context, &named("Two")).await];
    let theirs = context.backend.create_schedule(&other, &named("Theirs")).await.expect("it keeps the rules").id;
    let first = desk.next(context, ids[0]).await;
    let small = limited(context, |limits| limits.per_person.messages = 3).await;
    small.run_schedules_at(first).await.expect("the database answers");
    let mut runs = Vec::new();
    for id in ids {
        runs.extend(desk.runs(context, id).await);
    }
    let mut states: Vec<_> = runs.iter().map(|run| format!("{:?} {}", run.state, run.words)).collect();
    states.sort_unstable();
    assert!(
        states[0].starts_with("Failed The schedules of one person send at most 3 messages on one day."),
        "{states:?}"
    );
    assert!(states[1].starts_with("Sent"), "{states:?}");
    assert_eq!(desk.runs(context, theirs).await[0].state, RunState::Sent, "another person's");
    assert_eq!(context.backend.count_unseen_schedules(&desk.actor).await, Ok(1));
    // A schedule that is deleted has sent what it has sent.
    for id in ids {
        context.backend.delete_schedule(&desk.actor, id).await.expect("it is there");
    }
    let again = desk.schedule(context, &named("Again")).await;
    small.run_schedule(&desk.actor, again).await.expect("it begins");
    small.run_schedules_at(later(first, 1)).await.expect("the database answers");
    assert_eq!(desk.runs(context, again).await[0].state, RunState::Failed);
    small.run_schedules_at(later(first, DAY)).await.expect("the database answers");
    assert_eq!(desk.runs(context, again).await[0].state, RunState::Sent, "on the next day");
    small.close().await;
}

async fn all_schedules_together_send_so_many_messages_on_a_day(context: &TestContext) {
    let desk = Desk::new(context).await;
    let mut ids = Vec::new();
    for number in 0..4 {
        let person = context.person(&format!("person{number}@nordhavn.example")).await;
        let draft = named(&format!("Schedule {number}"));
        ids.push(context.backend.create_schedule(&person, &draft).await.expect("it keeps the rules").id);
    }
    let first = desk.next(context, ids[0]).await;
    let small = limited(context, |limits| limits.in_all.messages = 5).await;
    small.run_schedules_at(first).await.expect("the database answers");
    assert_eq!(desk.mailbox.taken().len(), 2, "two of two recipients each");
    small.close().await;
}

async fn a_message_that_is_too_much_for_the_day_is_held_back(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    let budget = DayBudget { messages: 100, octets: 100 };
    let small = limited(context, |limits| limits.per_person = budget).await;
    small.run_schedules_at(first).await.expect("the database answers");
    let run = desk.runs(context, id).await.remove(0);
    assert_eq!((run.state, run.attempts), (RunState::Failed, 1), "{run:?}");
    assert!(run.words.starts_with("The schedules of one person send at most 0 MiB on one day."), "{}", run.words);
    assert_eq!(desk.mailbox.taken(), []);
    // What was held back is not counted.
    context.backend.run_schedule(&desk.actor, id).await.expect("it begins");
    let small_again = limited(context, |limits| limits.per_person.messages = 2).await;
    small_again.run_schedules_at(later(first, 1)).await.expect("the database answers");
    let by_hand = desk.runs(context, id).await.into_iter().find(|run| run.by_hand).expect("it was begun");
    assert_eq!(by_hand.state, RunState::Sent);
    small.close().await;
    small_again.close().await;
}

async fn one_person_has_so_many_schedules(context: &TestContext) {
    let desk = Desk::new(context).await;
    let small = limited(context, |limits| limits.schedules = 2).await;
    for name in ["One", "Two"] {
        small.create_schedule(&desk.actor, &named(name)).await.expect("it keeps the rules");
    }
    let refused = small.create_schedule(&desk.actor, &named("Three")).await.expect_err("one too many");
    let words = "You have 2 schedules, which is as many as one person can have. Delete one first.";
    assert_eq!(refused, Problem::Refused(words.to_owned()));
    // A deleted one makes room, and comes back where there is some.
    small.delete_schedule(&desk.actor, ScheduleId(2)).await.expect("it is there");
    let three = small.create_schedule(&desk.actor, &named("Three")).await.expect("there is room").id;
    let deleted = DeletedRecord { kind: RecordKind::Schedule, id: 2 };
    let refused = small.restore_record(&desk.actor, deleted, None).await;
    assert_eq!(refused, Err(Problem::Refused(words.to_owned())));
    small.delete_schedule(&desk.actor, three).await.expect("it is there");
    small.restore_record(&desk.actor, deleted, None).await.expect("there is room");
    let other = context.person("other@nordhavn.example").await;
    small.create_schedule(&other, &named("Three")).await.expect("another person's");
    let form = small.find_schedule(&desk.actor, ScheduleId(1)).await.expect("it can be edited");
    small.update_schedule(&desk.actor, ScheduleId(1), form.version, &form.draft).await.expect("it is there already");
    small.close().await;
}

async fn the_oldest_files_go_first(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    at(context, first).await;
    let size = desk.runs(context, id).await[0].size.expect("it has a file");
    let small = limited(context, |limits| limits.file_octets = 2 * size + size / 2).await;
    for day in 1..4 {
        small.run_schedules_at(later(first, day * DAY)).await.expect("the database answers");
    }
    let kept: Vec<_> = desk.runs(context, id).await.iter().map(|run| (run.state, run.has_file)).collect();
    assert_eq!(kept, [true, true, false, false].map(|kept| (RunState::Sent, kept)));
    small.close().await;
}

async fn run_now_counts_as_a_test_does(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let slow = Config { tests_per_minute: 1, ..context.database.config() };
    let slow = Backend::open(slow).await.expect("it opens again");
    slow.run_schedule(&desk.actor, id).await.expect("the first within a minute");
    let refused = slow.run_schedule(&desk.actor, id).await;
    assert!(matches!(&refused, Err(Problem::TooMany(words)) if words.contains("tests and runs")), "{refused:?}");
    slow.close().await;
}

async fn the_schedules_of_a_person_who_is_gone_stop(context: &TestContext) {
    let desk = Desk::new(context).await;
    let gone = context.person("gone@nordhavn.example").await;
    let mut ids = Vec::new();
    for name in ["One", "Two"] {
        ids.push(context.backend.create_schedule(&gone, &named(name)).await.expect("it keeps the rules").id);
    }
    let own = desk.schedule(context, &morning()).await;
    let first = desk.next(context, own).await;
    context.execute(&format!("DELETE FROM users WHERE id = {}", gone.id.0)).await;
    context.backend.pause_schedule(&desk.actor, ids[1], YesNo::Yes).await.expect("it is there");
    context.backend.run_schedule(&desk.actor, ids[1]).await.expect("it begins");
    at(context, first).await;
    for id in &ids {
        let page = desk.page(context, *id).await;
        let why = "Its owner, gone@nordhavn.example, can no longer sign in to Posthouse. Make a schedule of your own in its place.";
        assert_eq!(page.stopped.as_deref(), Some(why), "{:?}", page.runs);
        let resumed = context.backend.pause_schedule(&desk.actor, *id, YesNo::No).await;
        assert_eq!(resumed, Err(Problem::Refused(why.to_owned())));
    }
    assert_eq!(desk.mailbox.taken().len(), 1, "that of a person who is there");
    // Or at once, where somebody is disabled.
    context.person("stays@nordhavn.example").await;
    let owner = desk.actor.email.as_str();
    context.backend.disable_user(owner).await.expect("somebody stays");
    let page = desk.page(context, own).await;
    let why =
        format!("Its owner, {owner}, can no longer sign in to Posthouse. Make a schedule of your own in its place.");
    assert_eq!((page.stopped.as_deref(), page.next.len()), (Some(why.as_str()), 0));
}

async fn a_pause_loses_nothing_that_is_saved_meanwhile(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    for round in 0..20 {
        let form = context.backend.find_schedule(&desk.actor, id).await.expect("it can be edited");
        let recipients = format!("round{round}@nordhavn.example");
        let draft = ScheduleDraft { recipients: recipients.clone(), ..form.draft.clone() };
        let pause = if round % 2 == 0 { YesNo::Yes } else { YesNo::No };
        let (saved, paused) = tokio::join!(
            context.backend.update_schedule(&desk.actor, id, form.version, &draft),
            context.backend.pause_schedule(&desk.actor, id, pause),
        );
        paused.expect("it is there");
        let now = context.backend.find_schedule(&desk.actor, id).await.expect("it is there").draft.recipients;
        match saved {
            Ok(_) => assert_eq!(now, recipients, "round {round}"),
            Err(problem) => assert!(matches!(problem, Problem::Conflict(_)), "{problem:?}"),
        }
    }
}
