//! The form "Schedule report": its answers as they were typed, and their rules.

use serde::{Deserialize, Serialize};

use crate::address::control;
use crate::recurrence::{cron_line, number};
use crate::{
    AccountFilter, AccountId, ClockTime, Difference, EmailAddress, FieldErrors, Filter, RecordName, Recurrence,
    ReportFormat, Rhythm, Schedule, ViewId, Weekday, YesNo,
};

/// The form "Schedule report" as it was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleDraft {
    /// "Schedule name".
    #[serde(default)]
    pub name: String,
    /// The report's address: its filters, columns and order.
    #[serde(default)]
    pub query: String,
    /// The number of the view that it follows; empty for the report at `query`.
    #[serde(default)]
    pub view: String,
    /// How the report travels.
    #[serde(default)]
    pub format: ReportFormat,
    /// How it recurs; the answers of other rhythms do not count.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// Minute of the hour.
    #[serde(default)]
    pub minute: String,
    /// "08:00"; for every day, week and month.
    #[serde(default)]
    pub time: String,
    /// At least one for every week.
    #[serde(default)]
    pub days: Vec<Weekday>,
    /// Day of the month.
    #[serde(default)]
    pub day: String,
    /// Five fields: minute, hour, day of the month, month, day of the week.
    #[serde(default)]
    pub cron: String,
    /// A name of the IANA time zone database; empty means UTC.
    #[serde(default)]
    pub zone: String,
    /// Addresses, separated by commas or line ends.
    #[serde(default)]
    pub recipients: String,
    /// An account's number; empty for the default account.
    #[serde(default)]
    pub account: String,
    /// The subject of the message.
    #[serde(default)]
    pub subject: String,
    /// Whether a report without rows is sent.
    #[serde(default)]
    pub send_empty: YesNo,
    /// Whether it runs at its times.
    #[serde(default = "YesNo::yes")]
    pub enabled: YesNo,
}

impl Default for ScheduleDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            query: String::new(),
            view: String::new(),
            format: ReportFormat::Csv,
            rhythm: Rhythm::Daily,
            minute: "0".to_owned(),
            time: "08:00".to_owned(),
            days: vec![Weekday::Monday],
            day: "1".to_owned(),
            cron: String::new(),
            zone: "UTC".to_owned(),
            recipients: String::new(),
            account: String::new(),
            subject: "SMTP configuration".to_owned(),
            send_empty: YesNo::Yes,
            enabled: YesNo::Yes,
        }
    }
}

/// Recipients of a schedule at most: RFC 5321, section 4.5.3.1.8, lets a server refuse more than 100.
pub const RECIPIENTS_AT_MOST: usize = 50;
/// The longest subject, in characters.
const SUBJECT_CHARACTERS: usize = 250;

impl ScheduleDraft {
    /// The fields that can be wrong, in the order of the form.
    pub const FIELDS: [&str; 12] =
        ["name", "view", "query", "minute", "time", "days", "day", "cron", "zone", "recipients", "account", "subject"];

    /// All rules of the form that need no other record and no table of zones; in the browser and on the server alike.
    pub fn parse(&self) -> Result<Schedule, FieldErrors> {
        let Self { name, query, view, format, zone, recipients, account, subject, send_empty, enabled, .. } = self;
        let mut errors = FieldErrors::default();
        let name = errors.take("name", RecordName::parse_as("schedule name", name));
        let filter = errors.take("query", report(query));
        let view = errors.take("view", chosen(view, "Choose one of the views."));
        let recurrence = self.recurrence(&mut errors);
        let zone = match zone.trim() {
            "" => "UTC",
            zone => zone,
        };
        let recipients = errors.take("recipients", addresses(recipients));
        let account = errors.take("account", chosen(account, "Choose one of the accounts."));
        let subject = errors.take("subject", line(subject));
        match (name, filter, view, recurrence, recipients, account, subject) {
            (
                Some(name),
                Some(filter),
                Some(view),
                Some(recurrence),
                Some(recipients),
                Some(account),
                Some(subject),
            ) if errors.is_empty() => Ok(Schedule {
                name,
                filter,
                view: view.map(ViewId),
                format: *format,
                recurrence,
                zone: zone.to_owned(),
                recipients,
                account: account.map(AccountId),
                subject,
                send_empty: send_empty.is_yes(),
                enabled: enabled.is_yes(),
            }),
            _ => Err(errors),
        }
    }

    /// Only the fields of the chosen rhythm count.
    fn recurrence(&self, errors: &mut FieldErrors) -> Option<Recurrence> {
        let Self { rhythm, minute, time, days, day, cron, .. } = self;
        match rhythm {
            Rhythm::Hourly => errors
                .take("minute", number(minute, 0, 59, "Enter a minute from 0 to 59."))
                .map(|minute| Recurrence::Hourly { minute }),
            Rhythm::Daily => errors.take("time", ClockTime::parse(time)).map(|at| Recurrence::Daily { at }),
            Rhythm::Weekly => {
                let at = errors.take("time", ClockTime::parse(time));
                let days: Vec<_> = Weekday::ALL.into_iter().filter(|day| days.contains(day)).collect();
                if days.is_empty() {
                    errors.push("days", "Choose at least one day.");
                }
                at.map(|at| Recurrence::Weekly { days, at })
            }
            Rhythm::Monthly => {
                let at = errors.take("time", ClockTime::parse(time));
                let day = errors.take("day", number(day, 1, 31, "Enter a day from 1 to 31."));
                Some(Recurrence::Monthly { day: day?, at: at? })
            }
            Rhythm::Cron => errors.take("cron", cron_line(cron)).map(Recurrence::Cron),
        }
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| -> [(&'static str, &'static str, String); 16] {
            let Self {
                name,
                query,
                view,
                format,
                rhythm,
                minute,
                time,
                days,
                day,
                cron,
                zone,
                recipients,
                account,
                subject,
                send_empty,
                enabled,
            } = draft.clone();
            let days: Vec<_> = Weekday::ALL.into_iter().filter(|day| days.contains(day)).map(Weekday::short).collect();
            [
                ("name", "Schedule name", name),
                ("query", "Report", query),
                ("view", "View", view),
                ("format", "Format", format.label().to_owned()),
                ("rhythm", "Recurrence", rhythm.label().to_owned()),
                ("minute", "Minute of the hour", minute),
                ("time", "Time", time),
                ("days", "Days", days.join(", ")),
                ("day", "Day of the month", day),
                ("cron", "Cron line", cron),
                ("zone", "Time zone", zone),
                ("recipients", "Recipients", recipients),
                ("account", "Account to send through", account),
                ("subject", "Subject", subject),
                ("send_empty", "Send an empty report", send_empty.label().to_owned()),
                ("enabled", "Enabled", enabled.label().to_owned()),
            ]
        };
        crate::problem::differing(answers(self), answers(other))
    }
}

/// What the report shows, without the page that somebody looked at.
fn report(query: &str) -> Result<AccountFilter, String> {
    let filter = AccountFilter { page: 1, page_size: None, ..AccountFilter::from_query(query) };
    filter.ids()?;
    Ok(filter)
}

fn addresses(typed: &str) -> Result<Vec<EmailAddress>, String> {
    let mut addresses = Vec::new();
    for (number, line) in typed.lines().enumerate() {
        for part in line.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            let address = EmailAddress::parse("Recipient", part)
                .map_err(|message| format!("Line {}, “{}”: {message}", number + 1, shortened(part)))?;
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    match addresses.len() {
        0 => Err("Enter at least one address, such as name@example.org.".to_owned()),
        n if n > RECIPIENTS_AT_MOST => Err(format!("There are {n} recipients. Use at most {RECIPIENTS_AT_MOST}.")),
        _ => Ok(addresses),
    }
}

/// Enough of what was typed to find it again.
fn shortened(text: &str) -> String {
    match text.chars().count() {
        0..=40 => text.to_owned(),
        _ => text.chars().take(40).chain(['…']).collect(),
    }
}

/// A number that was chosen from a list, whose first answer is empty.
fn chosen(typed: &str, wrong: &str) -> Result<Option<i64>, String> {
    match typed.trim() {
        "" => Ok(None),
        number => number.parse().map(Some).map_err(|_| wrong.to_owned()),
    }
}

fn line(typed: &str) -> Result<String, String> {
    let text = typed.trim();
    if let Some(what) = control(text) {
        return Err(format!("Subject holds {what}. Take it out."));
    }
    match text.chars().count() {
        0 => Err("Enter a subject.".to_owned()),
        n if n > SUBJECT_CHARACTERS => Err(format!("Subject has {n} characters. Use at most {SUBJECT_CHARACTERS}.")),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> ScheduleDraft {
        ScheduleDraft {
            name: "Every morning".to_owned(),
            recipients: "ops@nordhavn.example".to_owned(),
            ..ScheduleDraft::default()
        }
    }

    #[test]
    fn a_schedule_needs_a_name_recipients_and_a_subject() {
        let errors = ScheduleDraft { subject: String::new(), ..ScheduleDraft::default() }.parse();
        let errors = errors.expect_err("nothing was typed");
        let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["name", "recipients", "subject"]);
        assert_eq!(draft().parse().map(|schedule| schedule.zone), Ok("UTC".to_owned()));
    }

    #[test]
    fn recipients_are_addresses_on_lines_or_behind_commas_each_once() {
        let check = |typed: &str| {
            let recipients = ScheduleDraft { recipients: typed.to_owned(), ..draft() }.parse().map(|s| s.recipients);
            recipients.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(check("a@b.example, c@d.example\r\n\n a@b.example;"), Ok("a@b.example c@d.example".to_owned()));
        let wrong = check("a@b.example\nops@@x").expect_err("it has a typo");
        assert!(wrong.0[0].message.starts_with("Line 2, “ops@@x”: Recipient has"), "{wrong:?}");
        assert!(check("a@b.example\u{2028}x@y.example").is_err(), "a line break of another kind");
        let many: Vec<_> = (0..51).map(|n| format!("a{n}@b.example")).collect();
        assert!(check(&many.join("\n")).is_err());
        assert!(check(" , \n").is_err());
    }

    #[test]
    fn only_the_fields_of_the_chosen_rhythm_count() {
        let bad = ScheduleDraft {
            minute: "60".to_owned(),
            time: "25:00".to_owned(),
            day: "32".to_owned(),
            days: Vec::new(),
            cron: "x".to_owned(),
            ..draft()
        };
        let check = |rhythm, wrong: &[&str]| {
            let errors = ScheduleDraft { rhythm, ..bad.clone() }.parse().expect_err("it is wrong");
            let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
            assert_eq!(fields, wrong, "{rhythm:?}");
        };
        check(Rhythm::Hourly, &["minute"]);
        check(Rhythm::Daily, &["time"]);
        check(Rhythm::Weekly, &["time", "days"]);
        check(Rhythm::Monthly, &["time", "day"]);
        check(Rhythm::Cron, &["cron"]);
    }

    #[test]
    fn a_report_is_kept_without_the_page_that_was_looked_at() {
        let filter = ScheduleDraft { query: "?name=nord&page=3&sort=-id&page_size=50".to_owned(), ..draft() }.parse();
        assert_eq!(filter.map(|schedule| schedule.filter.to_query()), Ok("name=nord&sort=-id".to_owned()));
        assert!(ScheduleDraft { query: "id=x".to_owned(), ..draft() }.parse().is_err());
    }
}
