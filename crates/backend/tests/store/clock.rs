//! A clock that is wrong once: nothing is lost by it, and schedules are not silent after it.

use std::time::Duration;

use model::{AccountId, Moment, RunState, ScheduleDraft, YesNo};

use crate::context::{TestContext, draft, now};
use crate::on_both;
use crate::schedules::{Desk, at, later, morning};

on_both! {
    a_clock_that_is_ahead_deletes_nothing_for_good
    a_server_that_was_off_for_long_deletes_after_a_day_of_running
    a_clock_that_is_behind_is_not_ready_until_it_is_right_or_accepted
    schedules_run_again_after_a_clock_that_was_a_year_ahead
    a_lease_and_a_retry_of_a_clock_that_was_ahead_do_not_last
}

const HOUR: i64 = 60 * 60_000_000;
const DAY: i64 = 24 * HOUR;

async fn maintain(context: &TestContext, now: Moment, ran: Duration) {
    context.backend.maintain_at(now, ran).await.expect("the database answers");
}

async fn warnings(context: &TestContext) -> Vec<String> {
    context.backend.ready().await.expect("it is ready").warnings
}

/// An account that was deleted just now.
async fn deleted(context: &TestContext, desk: &Desk) -> AccountId {
    let id = context.create(&desk.actor, &draft("Deleted")).await;
    context.backend.delete_account(&desk.actor, id).await.expect("it is there");
    id
}

async fn a_clock_that_is_ahead_deletes_nothing_for_good(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = deleted(context, &desk).await;
    let today = now();
    maintain(context, today, Duration::ZERO).await;
    assert_eq!(warnings(context).await, [""; 0]);
    maintain(context, later(today, 31 * DAY), Duration::ZERO).await;
    let said = warnings(context).await;
    assert!(said.len() == 1 && said[0].contains("31 days later than the last time that Posthouse ran"), "{said:?}");
    // One hour of running by it confirms nothing.
    maintain(context, later(today, 31 * DAY + HOUR), Duration::from_secs(3600)).await;
    maintain(context, later(today, HOUR), Duration::from_secs(3600)).await;
    assert_eq!(warnings(context).await, [""; 0]);
    context.backend.restore_account(&desk.actor, id, None).await.expect("it is kept");
}

async fn a_server_that_was_off_for_long_deletes_after_a_day_of_running(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = deleted(context, &desk).await;
    let today = now();
    maintain(context, today, Duration::ZERO).await;
    let back = later(today, 31 * DAY);
    maintain(context, back, Duration::ZERO).await;
    for hour in 1..=24 {
        assert_eq!(warnings(context).await.len(), 1, "after {hour} hours");
        context.backend.deleted_account_name(&desk.actor, id).await.expect("it is kept");
        maintain(context, later(back, hour * HOUR), Duration::from_secs(3600)).await;
    }
    assert_eq!(warnings(context).await, [""; 0]);
    let gone = context.backend.restore_account(&desk.actor, id, None).await.expect_err("it is forgotten");
    assert_eq!(gone.status(), 404);
}

async fn a_clock_that_is_behind_is_not_ready_until_it_is_right_or_accepted(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let first = desk.next(context, id).await;
    let today = now();
    maintain(context, today, Duration::ZERO).await;
    maintain(context, later(today, -2 * DAY), Duration::ZERO).await;
    let refused = context.backend.ready().await.expect_err("schedules wait").to_string();
    assert!(refused.contains("2 days earlier than a time that Posthouse has run at"), "{refused}");
    assert_eq!(desk.next(context, id).await, first, "what is planned stays");
    maintain(context, today, Duration::ZERO).await;
    assert_eq!(warnings(context).await, [""; 0]);
    // The later time was wrong, and is believed: whoever runs the server says so.
    context.execute(&format!("UPDATE settings SET latest_time = {}", later(today, 400 * DAY).0)).await;
    maintain(context, today, Duration::ZERO).await;
    assert!(context.backend.ready().await.is_err());
    context.backend.accept_clock().await.expect("the database answers");
    maintain(context, now(), Duration::ZERO).await;
    assert_eq!(warnings(context).await, [""; 0]);
}

async fn schedules_run_again_after_a_clock_that_was_a_year_ahead(context: &TestContext) {
    let desk = Desk::new(context).await;
    let id = desk.schedule(context, &morning()).await;
    let (today, first) = (now(), desk.next(context, id).await);
    maintain(context, today, Duration::ZERO).await;
    let wrong = later(today, 400 * DAY);
    maintain(context, wrong, Duration::ZERO).await;
    at(context, wrong).await;
    assert!(desk.next(context, id).await > wrong);
    let sent = desk.mailbox.taken().len();
    maintain(context, later(today, 1), Duration::ZERO).await;
    let next = desk.next(context, id).await;
    assert_eq!(next, later(first, DAY), "the first time was made use of by the wrong clock");
    at(context, next).await;
    let runs = desk.runs(context, id).await;
    assert_eq!((runs[0].planned_at, runs[0].state, runs[0].late), (next, RunState::Sent, false), "{runs:?}");
    assert_eq!((runs.len(), desk.mailbox.taken().len()), (2, sent + 1));
}

async fn a_lease_and_a_retry_of_a_clock_that_was_ahead_do_not_last(context: &TestContext) {
    let desk = Desk::new(context).await;
    let paused = ScheduleDraft { enabled: YesNo::No, ..morning() };
    let (id, today) = (desk.schedule(context, &paused).await, now());
    maintain(context, today, Duration::ZERO).await;
    for set in ["state = 'running', held_until", "state = 'waiting', held_until = NULL, due_at"] {
        context.execute("DELETE FROM schedule_runs").await;
        context.backend.run_schedule(&desk.actor, id).await.expect("it begins");
        context.execute(&format!("UPDATE schedule_runs SET {set} = {}, tries = 1", later(today, 400 * DAY).0)).await;
        maintain(context, today, Duration::ZERO).await;
        let sent = desk.mailbox.taken().len();
        at(context, later(today, HOUR / 60)).await;
        assert_eq!(desk.mailbox.taken().len(), sent, "{set}: it is held, or waits");
        at(context, later(today, HOUR / 2 + 1)).await;
        assert_eq!(desk.mailbox.taken().len(), sent + 1, "{set}");
    }
}
