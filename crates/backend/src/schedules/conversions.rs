//! The shapes of a schedule and of a run, each from the stored row.

use std::collections::HashMap;

use model::{
    AccountFilter, Filter, Recurrence, Rhythm, RunId, Schedule, ScheduleDraft, ScheduleId, SchedulePage, ScheduleRow,
    ScheduleRun, ViewTab, YesNo,
};
use store::schedules::Record;
use store::{StoreError, runs};

use super::times::Times;

/// A schedule as the form shows it.
pub fn draft_of(schedule: &Schedule) -> ScheduleDraft {
    let Schedule { name, filter, view, format, recurrence, zone, recipients, account, subject, send_empty, enabled } =
        schedule;
    let recipients: Vec<_> = recipients.iter().map(ToString::to_string).collect();
    let draft = ScheduleDraft {
        name: name.to_string(),
        query: filter.to_query(),
        view: view.map(|id| id.to_string()).unwrap_or_default(),
        format: *format,
        zone: zone.clone(),
        recipients: recipients.join("\n"),
        account: account.map(|id| id.to_string()).unwrap_or_default(),
        subject: subject.clone(),
        send_empty: YesNo::from(*send_empty),
        enabled: YesNo::from(*enabled),
        ..ScheduleDraft::default()
    };
    match recurrence.clone() {
        Recurrence::Hourly { minute } => ScheduleDraft { rhythm: Rhythm::Hourly, minute: minute.to_string(), ..draft },
        Recurrence::Daily { at } => ScheduleDraft { rhythm: Rhythm::Daily, time: at.to_string(), ..draft },
        Recurrence::Weekly { days, at } => {
            ScheduleDraft { rhythm: Rhythm::Weekly, days, time: at.to_string(), ..draft }
        }
        Recurrence::Monthly { day, at } => {
            ScheduleDraft { rhythm: Rhythm::Monthly, day: day.to_string(), time: at.to_string(), ..draft }
        }
        Recurrence::Cron(cron) => ScheduleDraft { rhythm: Rhythm::Cron, cron, ..draft },
    }
}

/// A schedule as it is listed.
pub fn row(
    record: Record,
    last: &HashMap<ScheduleId, runs::Record>,
    blocked: &[ScheduleId],
) -> Result<ScheduleRow, StoreError> {
    let schedule = record.schedule()?;
    let mut recipients = schedule.recipients.iter();
    let recipient = recipients.next().map(ToString::to_string).unwrap_or_default();
    Ok(ScheduleRow {
        id: record.id,
        name: record.name.to_string(),
        enabled: record.enabled,
        stopped: record.stopped.is_some(),
        blocked: blocked.contains(&record.id),
        recurrence: format!("{}, {}", schedule.recurrence, schedule.zone),
        format: record.format,
        recipient,
        more: recipients.count() as u64,
        next_at: record.next_at,
        last: last.get(&record.id).map(|run| (run.planned_at, run.state)),
        unseen: record.unseen,
    })
}

/// What a schedule follows, as one person may see it.
pub enum Followed {
    Nothing,
    View(ViewTab),
    /// A view of its owner that is not shared.
    Private,
}

/// A schedule with its runs.
pub fn page(
    record: Record,
    followed: Followed,
    account: Option<String>,
    blocked: Option<String>,
    runs: Vec<runs::Record>,
    files: &[RunId],
) -> Result<SchedulePage, StoreError> {
    let schedule = record.schedule()?;
    let times = Times::read(&schedule.recurrence, &schedule.zone);
    let next = times.map(|times| times.shown(record.next_at)).unwrap_or_default();
    let is_private = matches!(followed, Followed::Private);
    let (view, query, report) = match followed {
        Followed::View(ViewTab { id: _, name, query }) => {
            let report = AccountFilter::from_query(&query).in_words();
            (Some(name), query, report)
        }
        Followed::Nothing => (None, record.query, schedule.filter.in_words()),
        Followed::Private => (None, String::new(), "A view of its owner that is not shared".to_owned()),
    };
    Ok(SchedulePage {
        id: record.id,
        version: record.version,
        name: record.name.to_string(),
        enabled: record.enabled,
        stopped: record.stopped,
        recurrence: schedule.recurrence.to_string(),
        zone: schedule.zone,
        query,
        report,
        view,
        is_private,
        format: record.format,
        recipients: schedule.recipients,
        account,
        blocked,
        subject: record.subject,
        owner: record.owner,
        unseen: record.unseen,
        next,
        runs: runs.into_iter().map(|run| shown(run, files)).collect(),
    })
}

fn shown(run: runs::Record, files: &[RunId]) -> ScheduleRun {
    let number = |number: i64| u64::try_from(number).unwrap_or(0);
    let runs::Record {
        id,
        schedule_id: _,
        planned_at,
        state,
        by_hand,
        late,
        missed,
        attempts,
        due_at,
        lease: _,
        lease_until: _,
        started_at,
        ended_at,
        row_count,
        size,
        recipients,
        account_name,
        failed_at,
        words,
    } = run;
    ScheduleRun {
        id,
        planned_at,
        state,
        by_hand,
        late,
        missed: number(missed),
        attempts: u32::try_from(attempts).unwrap_or(0),
        due_at,
        started_at,
        ended_at,
        rows: row_count.map(number),
        size: size.map(number),
        recipients: number(recipients),
        account: account_name,
        failed_at,
        words,
        has_file: files.contains(&id),
    }
}
