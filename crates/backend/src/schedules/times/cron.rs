//! The five fields of a cron line, read one by one, so that what is wrong is said of its field.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// A field of a cron line.
struct CronField {
    name: &'static str,
    /// What it takes, in words.
    expected: &'static str,
    /// Its least value.
    first: u32,
    /// Its greatest value; of the days of the week 6, since 7 is Sunday as 0 is.
    last: u32,
    /// Names that stand for its values, from `first` on.
    names: &'static [&'static str],
}

const FIELDS: [CronField; 5] = [
    CronField { name: "minute", expected: "0 to 59", first: 0, last: 59, names: &[] },
    CronField { name: "hour", expected: "0 to 23", first: 0, last: 23, names: &[] },
    CronField { name: "day of the month", expected: "1 to 31 or L", first: 1, last: 31, names: &[] },
    CronField { name: "month", expected: "1 to 12 or JAN to DEC", first: 1, last: 12, names: &MONTHS },
    CronField { name: "day of the week", expected: "0 to 7 or SUN to SAT", first: 0, last: 6, names: &WEEKDAYS },
];

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A line of five fields; else a sentence for the form.
pub fn read(line: &str) -> Result<Cron, String> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    for (number, (field, text)) in FIELDS.iter().zip(line.split_whitespace()).enumerate() {
        let mut alone = ["*"; 5];
        alone[number] = text;
        if let Err(why) = parser.parse(&alone.join(" ")) {
            tracing::debug!(%why, "a cron line was not read");
            return Err(format!(
                "{} It takes {}, *, ranges as 1-5, lists as 1,3 and steps as */2.",
                field.shown(number, text),
                field.expected
            ));
        }
    }
    parser.parse(line).map_err(|_| "The cron line is not understood. Write it as 0 8 * * MON-FRI.".to_owned())
}

/// Refuses a step that leads out of its field or range at once: only the first value is left of it, whatever was meant.
pub fn check_steps(line: &str) -> Result<(), String> {
    for (number, (field, text)) in FIELDS.iter().zip(line.split_whitespace()).enumerate() {
        for part in text.split(',') {
            let Some((range, step)) = part.split_once('/') else { continue };
            let (Some([first, last]), Ok(step)) = (field.bounds(range), step.parse::<u32>()) else { continue };
            let largest = last.saturating_sub(first).max(1);
            if step > largest {
                return Err(format!(
                    "{} A step of {step} leads out of {first} to {last}, so that only {first} is left. Write {first}, or \
                     a step of at most {largest}.",
                    field.shown(number, text)
                ));
            }
        }
    }
    Ok(())
}

impl CronField {
    fn shown(&self, number: usize, text: &str) -> String {
        format!("Field {}, the {}, is “{text}”.", number + 1, self.name)
    }

    /// The first and the last value of what stands before a step.
    fn bounds(&self, range: &str) -> Option<[u32; 2]> {
        match range.split_once('-') {
            None => (range == "*").then_some([self.first, self.last]),
            Some((first, last)) => Some([self.value(first)?, self.value(last)?]),
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = || (self.first..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(text));
        text.parse().ok().or_else(|| named().map(|(value, _)| value))
    }
}
