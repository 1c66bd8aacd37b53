//! When a schedule recurs, in the time of its zone. What the next times are is for the backend to say: it knows zones.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Weekday {
    /// ISO 8601 counts it as day 1.
    Monday,
    /// Day 2.
    Tuesday,
    /// Day 3.
    Wednesday,
    /// Day 4.
    Thursday,
    /// Day 5.
    Friday,
    /// Day 6.
    Saturday,
    /// Day 7.
    Sunday,
}

impl Weekday {
    /// In the order of ISO 8601.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its English name in full.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// "Mon"
    pub fn short(self) -> &'static str {
        &self.label()[..3]
    }
}

/// A time of the day, on a clock of 24 hours, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClockTime {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl ClockTime {
    /// As `8:00` or `08:00`.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let wrong = || "Write the time as 08:00, from 00:00 to 23:59.".to_owned();
        let (hour, minute) = typed.trim().split_once(':').ok_or_else(wrong)?;
        let number = |text: &str, digits: std::ops::RangeInclusive<usize>, most: u8| {
            let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<u8>().ok()).flatten().filter(|number| *number <= most)
        };
        match (number(hour, 1..=2, 23), number(minute, 2..=2, 59)) {
            (Some(hour), Some(minute)) => Ok(Self { hour, minute }),
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// How a schedule recurs: the choice of the form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rhythm {
    /// Once in every hour.
    Hourly,
    /// Once in every day.
    #[default]
    Daily,
    /// On some days of every week.
    Weekly,
    /// On a day of every month.
    Monthly,
    /// As a cron line says.
    Cron,
}

impl Rhythm {
    /// In the order of the form.
    pub const ALL: [Self; 5] = [Self::Hourly, Self::Daily, Self::Weekly, Self::Monthly, Self::Cron];

    /// As the form names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hourly => "Hourly",
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
            Self::Monthly => "Monthly",
            Self::Cron => "Cron",
        }
    }

    /// As the form shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Hourly => "Every hour",
            Self::Daily => "Every day",
            Self::Weekly => "Every week",
            Self::Monthly => "Every month",
            Self::Cron => "Cron line",
        }
    }
}

/// When a schedule recurs, in the time of its zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recurrence {
    /// At this minute of every hour.
    Hourly {
        /// 0 to 59.
        minute: u8,
    },
    /// Every day.
    Daily {
        /// The time of the day.
        at: ClockTime,
    },
    /// On these days, at least one, in the order of the week.
    Weekly {
        /// In the order of the week.
        days: Vec<Weekday>,
        /// The time of the day.
        at: ClockTime,
    },
    /// On this day, 1 to 31; in a shorter month, on its last day.
    Monthly {
        /// 1 to 31.
        day: u8,
        /// The time of the day.
        at: ClockTime,
    },
    /// Five fields: minute, hour, day of the month, month, day of the week.
    Cron(String),
}

/// As people say it: "Every day at 08:00".
impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hourly { minute } => write!(f, "Every hour at minute {minute}"),
            Self::Daily { at } => write!(f, "Every day at {at}"),
            Self::Weekly { days, at } if days.len() == 7 => write!(f, "Every day at {at}"),
            Self::Weekly { days, at } => {
                let days: Vec<_> = days.iter().map(|day| day.short()).collect();
                write!(f, "Every {} at {at}", days.join(", "))
            }
            Self::Monthly { day, at } if *day > 28 => {
                write!(f, "Every month on day {day}, or the last, at {at}")
            }
            Self::Monthly { day, at } => write!(f, "Every month on day {day} at {at}"),
            Self::Cron(line) => write!(f, "Cron {line}"),
        }
    }
}

/// A whole number within these bounds.
pub(crate) fn number(typed: &str, from: u8, to: u8, message: &str) -> Result<u8, String> {
    let text = typed.trim();
    let plain = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if plain { text.parse::<u8>().ok() } else { None };
    number.filter(|number| (from..=to).contains(number)).ok_or_else(|| message.to_owned())
}

/// A cron line as far as its shape goes; the backend reads its fields.
pub(crate) fn cron_line(typed: &str) -> Result<String, String> {
    let fields: Vec<_> = typed.split_whitespace().collect();
    match fields.len() {
        0 => Err("Enter a cron line, such as 0 8 * * MON-FRI.".to_owned()),
        5 => Ok(fields.join(" ")),
        n => Err(format!(
            "The cron line has {n} fields. It takes five: minute, hour, day of the month, month, day of the week."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_from_a_clock_of_24_hours() {
        let check = |typed: &str, said: Option<&str>| {
            assert_eq!(ClockTime::parse(typed).ok().map(|time| time.to_string()).as_deref(), said, "{typed:?}");
        };
        check("08:00", Some("08:00"));
        check(" 8:05 ", Some("08:05"));
        check("23:59", Some("23:59"));
        for wrong in ["", "8", "24:00", "08:60", "8:5", "008:00", "8:00 pm", "-1:00", "+8:00", "０8:00"] {
            check(wrong, None);
        }
    }

    #[test]
    fn a_recurrence_is_said_as_people_say_it() {
        let at = ClockTime { hour: 8, minute: 0 };
        let check = |recurrence: Recurrence, said: &str| assert_eq!(recurrence.to_string(), said);
        check(Recurrence::Hourly { minute: 5 }, "Every hour at minute 5");
        check(Recurrence::Weekly { days: vec![Weekday::Monday, Weekday::Friday], at }, "Every Mon, Fri at 08:00");
        check(Recurrence::Weekly { days: Weekday::ALL.to_vec(), at }, "Every day at 08:00");
        check(Recurrence::Monthly { day: 31, at }, "Every month on day 31, or the last, at 08:00");
        check(Recurrence::Cron("0 8 * * 1".to_owned()), "Cron 0 8 * * 1");
    }

    #[test]
    fn a_cron_line_has_five_fields() {
        assert_eq!(cron_line("  0  8 * *\tMON-FRI "), Ok("0 8 * * MON-FRI".to_owned()));
        for wrong in ["", "0 8 * *", "0 0 8 * * 1", "@daily"] {
            assert!(cron_line(wrong).is_err(), "{wrong}");
        }
    }
}
