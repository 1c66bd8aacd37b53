//! An instant, as it is stored and sent: microseconds since 1970-01-01T00:00:00Z. Nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Moment(pub i64);

const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Moment {
    /// The instant so many microseconds earlier.
    pub const fn minus(self, microseconds: i64) -> Self {
        Self(self.0.saturating_sub(microseconds))
    }

    /// As `<time datetime>` wants it: `2026-11-24T10:42:07Z`.
    pub fn to_rfc3339(self) -> String {
        let c = self.civil();
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
    }

    /// The day alone, for people: `24 Nov 2026`.
    pub fn to_day(self) -> String {
        let c = self.civil();
        format!("{} {} {}", c.day, MONTHS[(c.month - 1) as usize], c.year)
    }

    /// The first instant of a day written as `2026-11-24`, in UTC; None where there is no such day.
    pub fn of_day(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut part = |digits: usize| {
            let text = parts.next()?;
            (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse::<i64>().ok())?
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() || !(1..=12).contains(&month) {
            return None;
        }
        // As in `civil`, the other way round: years begin on 1 March, in eras of 400 years.
        let year_from_march = year - i64::from(month <= 2);
        let (era, year_of_era) = (year_from_march.div_euclid(400), year_from_march.rem_euclid(400));
        let from_march = (month + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + day - 1;
        let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
        let found = Self(days * 86_400_000_000);
        let c = found.civil();
        // The 30th of February would be another day.
        ((c.year, c.month, c.day) == (year, month, day)).then_some(found)
    }

    fn civil(self) -> Civil {
        let seconds = self.0.div_euclid(1_000_000);
        let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days to a proleptic Gregorian date, counted in eras of 400 years that begin on 1 March.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Civil {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * from_march + 2) / 5 + 1,
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }
}

/// Exact, for people: `24 Nov 2026, 10:42:07 UTC`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        write!(f, "{}, {:02}:{:02}:{:02} UTC", self.to_day(), c.hour, c.minute, c.second)
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_dates() {
        let check = |seconds: i64, exact: &str, machine: &str| {
            let moment = Moment(seconds * 1_000_000);
            assert_eq!((moment.to_string().as_str(), moment.to_rfc3339().as_str()), (exact, machine));
        };
        check(0, "1 Jan 1970, 00:00:00 UTC", "1970-01-01T00:00:00Z");
        check(-1, "31 Dec 1969, 23:59:59 UTC", "1969-12-31T23:59:59Z");
        check(951_782_400, "29 Feb 2000, 00:00:00 UTC", "2000-02-29T00:00:00Z");
        check(1_795_517_027, "24 Nov 2026, 10:43:47 UTC", "2026-11-24T10:43:47Z");
        check(4_107_542_399, "28 Feb 2100, 23:59:59 UTC", "2100-02-28T23:59:59Z");
    }
    #[test]
    fn days_are_read_as_they_are_written() {
        for days in (-800_000..800_000).step_by(37) {
            let moment = Moment(days * 86_400_000_000);
            let text = moment.to_rfc3339();
            if !text.starts_with('-') && text.len() == 20 {
                assert_eq!(Moment::of_day(&text[..10]), Some(moment), "{text}");
            }
        }
        for wrong in
            ["", "2026", "2026-11", "2026-11-31", "2026-02-29", "2026-13-01", "2026-00-01", "2026-1-1", "26-11-01-"]
        {
            assert_eq!(Moment::of_day(wrong), None, "{wrong}");
        }
    }
}
