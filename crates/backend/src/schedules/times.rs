//! The times of a recurrence in its zone.
//!
//! A time that does not exist, because summer time begins, is the first instant behind the gap. A time that exists
//! twice, because summer time ends, is its first; an hourly recurrence, and a cron line for every hour or minute, takes
//! both, since both hours pass.

use croner::Cron;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use model::moment::{DAY, HOUR, MINUTE};
use model::{ClockTime, FieldErrors, Moment, NextRun, Recurrence, Schedule, Weekday};

mod cron;

/// Times that the form shows.
const SHOWN: usize = 5;
/// The longest month-end walk or week: no rhythm but a cron line is further apart than this.
const DAYS_AHEAD: usize = 40;
/// No hour is longer, even where a change of the clock lies within: minutes to look ahead for a minute of the hour.
const MINUTES_AHEAD: i64 = 240;
/// Two runs of a schedule are at least so far apart.
const APART: i64 = 15 * MINUTE;
/// Times of a cron line that are looked at for that, from now on and around each change of the clock.
const LOOKED_AT: usize = 200;
/// Changes of the clock that are looked at: those of a year, and of a zone that interrupts summer time.
const CHANGES: usize = 4;

/// A recurrence whose zone and cron line were read.
pub struct Times {
    recurrence: Recurrence,
    cron: Option<Cron>,
    zone: TimeZone,
}

impl Times {
    /// The errors stand beside the form's fields.
    pub fn read(recurrence: &Recurrence, zone: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let zone = errors.take("zone", read_zone(zone));
        let cron = match recurrence {
            Recurrence::Cron(line) => errors.take("cron", cron::read(line)).map(Some),
            _ => Some(None),
        };
        match (zone, cron) {
            (Some(zone), Some(cron)) => Ok(Self { recurrence: recurrence.clone(), cron, zone }),
            _ => Err(errors),
        }
    }

    /// The same of a schedule that is saved, by all rules of the form.
    pub fn of(schedule: &Schedule) -> Result<Self, FieldErrors> {
        let times = Self::read(&schedule.recurrence, &schedule.zone)?;
        if let Recurrence::Cron(line) = &schedule.recurrence {
            cron::check_steps(line).map_err(|why| FieldErrors::one("cron", why))?;
        }
        let now = crate::clock::now();
        match (times.after(now), times.too_close(now)) {
            (None, _) => Err(FieldErrors::one("cron", NEVER)),
            (_, Some(why)) => Err(FieldErrors::one("cron", why)),
            (Some(_), None) => Ok(times),
        }
    }

    /// Two times of a cron line that are less than 15 minutes apart, in words; None where there are none. All other
    /// recurrences are further apart.
    pub fn too_close(&self, now: Moment) -> Option<String> {
        self.cron.as_ref()?;
        let begin = Timestamp::from_microsecond(now.0).ok()?;
        let changes = self.zone.following(begin).take(CHANGES);
        let changes = changes.map(|change| (Moment(change.timestamp().as_microsecond() - HALF_A_DAY), 2 * HALF_A_DAY));
        [(now, YEARS_AHEAD)].into_iter().chain(changes).find_map(|(from, ahead)| self.close_pair(from, ahead))
    }

    fn close_pair(&self, from: Moment, ahead: i64) -> Option<String> {
        let mut before = self.after(from)?;
        for _ in 0..LOOKED_AT {
            let next = self.after(before).filter(|next| next.0 - from.0 < ahead)?;
            if next.0 - before.0 < APART {
                let (first, second) = (self.local(before), self.local(next));
                return Some(format!("{APART_AT_LEAST} This one would run on {first}, and again on {second}."));
            }
            before = next;
        }
        None
    }

    /// The first time later than this; None where there is none before the year 5000.
    pub fn after(&self, moment: Moment) -> Option<Moment> {
        let after = Timestamp::from_microsecond(moment.0).ok()?.to_zoned(self.zone.clone());
        let next = match (&self.recurrence, &self.cron) {
            (Recurrence::Cron(_), cron) => cron.as_ref()?.find_next_occurrence(&after, false).ok()?.timestamp(),
            (Recurrence::Hourly { minute }, _) => self.minute_after(*minute, &after)?,
            (Recurrence::Daily { at }, _) => self.day_after(&after, *at, |_| true)?,
            (Recurrence::Weekly { days, at }, _) => {
                self.day_after(&after, *at, |date| days.contains(&weekday(date)))?
            }
            (Recurrence::Monthly { day, at }, _) => {
                // A shorter month has its last day instead.
                self.day_after(&after, *at, |date| date.day() == (*day as i8).min(date.days_in_month()))?
            }
        };
        (next > after.timestamp()).then_some(Moment(next.as_microsecond()))
    }

    /// Five, from the first one on.
    pub fn shown(&self, first: Option<Moment>) -> Vec<NextRun> {
        let next = std::iter::successors(first, |before| self.after(*before));
        next.take(SHOWN).map(|at| NextRun { at, local: self.local(at) }).collect()
    }

    /// "Mon 30 Nov 2026, 08:00 CET"
    fn local(&self, at: Moment) -> String {
        match Timestamp::from_microsecond(at.0) {
            Ok(at) => at.to_zoned(self.zone.clone()).strftime("%a %-d %b %Y, %H:%M %Z").to_string(),
            Err(_) => at.to_string(),
        }
    }

    /// Hours pass one after the other, whatever the clock shows: minute by minute.
    fn minute_after(&self, minute: u8, after: &Zoned) -> Option<Timestamp> {
        let start = after.timestamp().as_second().div_euclid(60) * 60;
        (1..=MINUTES_AHEAD).find_map(|ahead| {
            let at = Timestamp::from_second(start + ahead * 60).ok()?;
            let shown = at.to_zoned(self.zone.clone());
            // Zones have been off by seconds long ago; no whole minute is skipped by that.
            (shown.minute() == minute as i8).then_some(at)
        })
    }

    fn day_after(&self, after: &Zoned, at: ClockTime, fits: impl Fn(Date) -> bool) -> Option<Timestamp> {
        // From the day before: a time moved out of a gap can be later than midnight.
        let first = after.date().checked_sub(1.day()).ok()?;
        first.series(1.day()).take(DAYS_AHEAD).filter(|date| fits(*date)).find_map(|date| {
            let instant = self.instant(date.at(at.hour as i8, at.minute as i8, 0, 0))?;
            (instant > after.timestamp()).then_some(instant)
        })
    }

    fn instant(&self, local: DateTime) -> Option<Timestamp> {
        let ambiguous = self.zone.to_ambiguous_zoned(local);
        match ambiguous.offset() {
            AmbiguousOffset::Gap { .. } => {
                // Read with the offset behind the gap it lies before it, at most a day.
                let before = ambiguous.earlier().ok()?.timestamp() - SignedDuration::from_secs(1);
                self.zone.following(before).next().map(|change| change.timestamp())
            }
            _ => Some(ambiguous.earlier().ok()?.timestamp()),
        }
    }
}

/// A change of the clock can move times by less than this.
const HALF_A_DAY: i64 = 12 * HOUR;
/// Five: each day of the calendar comes within them.
const YEARS_AHEAD: i64 = 5 * 366 * DAY;
const APART_AT_LEAST: &str = "A schedule runs at most every 15 minutes.";
const NEVER: &str = "This cron line never comes due. Look at its day and month.";

fn read_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name)
        .map_err(|_| format!("There is no time zone “{name}”. Choose one of the list, such as Europe/Berlin or UTC."))
}

fn weekday(date: Date) -> Weekday {
    Weekday::ALL[date.weekday().to_monday_zero_offset() as usize % 7]
}

/// The names of all zones that can be chosen, UTC first.
pub fn zones() -> Vec<String> {
    let mut names: Vec<_> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    // Old names of one word, and those without a place, say less than the others.
    names.retain(|name| name.contains('/') && !name.starts_with("Etc/") && !name.starts_with("SystemV/"));
    names.sort_unstable();
    names.dedup();
    names.insert(0, "UTC".to_owned());
    names
}

#[cfg(test)]
mod tests;
