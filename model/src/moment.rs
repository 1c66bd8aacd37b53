//! An instant, as it is stored and sent: microseconds since 1970-01-01T00:00:00Z. Nothing here reads a clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct Moment(pub i64);

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Moment {
    /// As `<time datetime>` wants it: `2026-11-24T10:42:07Z`.
    pub fn to_rfc3339(self) -> String {
        let c = self.civil();
        format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second)
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
        let month = MONTHS[(c.month - 1) as usize];
        write!(f, "{} {month} {}, {:02}:{:02}:{:02} UTC", c.day, c.year, c.hour, c.minute, c.second)
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
}
