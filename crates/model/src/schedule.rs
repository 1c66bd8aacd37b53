//! A schedule: a filtered report that is e-mailed again and again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::credential::Named;
use crate::{
    AccountFilter, AccountId, EmailAddress, FieldErrors, Moment, RecordName, Recurrence, ScheduleDraft, ScheduleRun,
    ViewId, ViewTab,
};

/// A schedule's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct ScheduleId(pub i64);

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How the report travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum ReportFormat {
    /// An attached file.
    #[default]
    #[cfg_attr(feature = "db", sea_orm(string_value = "csv"))]
    Csv,
    /// An attached workbook.
    #[cfg_attr(feature = "db", sea_orm(string_value = "xlsx"))]
    Xlsx,
    /// In the message itself.
    #[cfg_attr(feature = "db", sea_orm(string_value = "table"))]
    Table,
}

impl ReportFormat {
    /// In the order of the form.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Table];

    /// As the form names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Csv => "Csv",
            Self::Xlsx => "Xlsx",
            Self::Table => "Table",
        }
    }

    /// As the form shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV file",
            Self::Xlsx => "XLSX file",
            Self::Table => "Table in the message",
        }
    }
}

/// Octets of all files that are kept with runs: beyond that the oldest go first.
pub const RUN_FILES_OCTETS: u64 = 512 * 1024 * 1024;

/// A schedule that keeps every rule of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Unique without regard to case.
    pub name: RecordName,
    /// Filters, columns and order of the report; columns that it leaves out are the owner's.
    pub filter: AccountFilter,
    /// The view whose filters, columns and order it has instead, as they are at that time.
    pub view: Option<ViewId>,
    /// How the report travels.
    pub format: ReportFormat,
    /// When it is sent.
    pub recurrence: Recurrence,
    /// A name of the IANA time zone database.
    pub zone: String,
    /// 1 to 50, each once.
    pub recipients: Vec<EmailAddress>,
    /// None for the account that is the default at that time.
    pub account: Option<AccountId>,
    /// The subject of the message: 1 to 250 characters, on one line.
    pub subject: String,
    /// Whether a report without rows is sent.
    pub send_empty: bool,
    /// Whether it runs at its times; a person can run it by hand all the same.
    pub enabled: bool,
}

/// What the form begins with: New or Edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleForm {
    /// The version that a save names; 0 for a schedule that is not there yet.
    pub version: i64,
    /// The form's answers: the defaults for New, those of the schedule for Edit.
    pub draft: ScheduleDraft,
    /// Views that it can follow: the person who has the form and the owner both see them.
    pub views: Vec<ViewTab>,
    /// It follows a view of its owner that is not shared with the person who has the form.
    pub follows_private: bool,
    /// Who may receive reports, in a sentence.
    pub may_receive: String,
    /// Enabled accounts to send through.
    pub accounts: Vec<Named<AccountId>>,
    /// The default account's name, where there is one.
    pub default_name: Option<String>,
    /// The names of all time zones.
    pub zones: Vec<String>,
    /// The next times as the draft stands, or what is wrong with it.
    pub next: NextRuns,
}

/// The next five times of a schedule, or what is wrong with it.
pub type NextRuns = Result<Vec<NextRun>, FieldErrors>;

/// A time that is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRun {
    /// The instant.
    pub at: Moment,
    /// In the schedule's zone: "Mon 30 Nov 2026, 08:00 CET".
    pub local: String,
}

/// A schedule with its runs: its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulePage {
    /// The schedule's number.
    pub id: ScheduleId,
    /// The version that a change names.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Whether it runs at its times.
    pub enabled: bool,
    /// Why it does not run any more, until it is resumed.
    pub stopped: Option<String>,
    /// When it runs, in words.
    pub recurrence: String,
    /// A name of the IANA time zone database.
    pub zone: String,
    /// The report, as its address and in words.
    pub query: String,
    /// The report's filters, columns and order, in words.
    pub report: String,
    /// The name of the view that it follows.
    pub view: Option<String>,
    /// It follows a view of its owner that is not shared: neither its name nor its report is told.
    pub is_private: bool,
    /// How the report travels.
    pub format: ReportFormat,
    /// 1 to 50, each once.
    pub recipients: Vec<EmailAddress>,
    /// The account's name; None for the default one.
    pub account: Option<String>,
    /// Why its next run cannot be sent, as things are now.
    pub blocked: Option<String>,
    /// The subject of the message.
    pub subject: String,
    /// Whose it is: an e-mail address.
    pub owner: String,
    /// A run failed, or it was stopped, and nobody has said that it was seen.
    pub unseen: bool,
    /// The next times, the first one first; none while it does not run.
    pub next: Vec<NextRun>,
    /// The newest first.
    pub runs: Vec<ScheduleRun>,
}
