//! The list of schedules, and the runs of one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::list::{read_query, write_query};
use crate::{ListColumn, ListPage, Moment, ReportFormat, ScheduleId, Sort, Stage};

/// A run's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum RunState {
    /// It is due, or will be tried again.
    #[cfg_attr(feature = "db", sea_orm(string_value = "waiting"))]
    Waiting,
    /// A server has taken it; nothing was handed to the mail server yet.
    #[cfg_attr(feature = "db", sea_orm(string_value = "running"))]
    Running,
    /// The message is being handed over: from here on it is never sent again.
    #[cfg_attr(feature = "db", sea_orm(string_value = "sending"))]
    Sending,
    /// The mail server accepted the message.
    #[cfg_attr(feature = "db", sea_orm(string_value = "sent"))]
    Sent,
    /// It was not taken, and is not tried any more.
    #[cfg_attr(feature = "db", sea_orm(string_value = "failed"))]
    Failed,
    /// Whether it was accepted is not known; it is not sent again.
    #[cfg_attr(feature = "db", sea_orm(string_value = "unknown"))]
    Unknown,
    /// There were no rows, and empty reports are not sent.
    #[cfg_attr(feature = "db", sea_orm(string_value = "empty"))]
    Empty,
}

impl RunState {
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Running | Self::Sending => "Running",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
            Self::Unknown => "Not known",
            Self::Empty => "Nothing to send",
        }
    }

    /// Whether it has come to its end.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Sent | Self::Failed | Self::Unknown | Self::Empty)
    }
}

/// One run of a schedule, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRun {
    pub id: RunId,
    pub planned_at: Moment,
    pub state: RunState,
    /// A person asked for it.
    pub by_hand: bool,
    /// No server ran when it was due.
    pub late: bool,
    /// Times between the planned one and its run that were left out.
    pub missed: u64,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is attempted next, while it waits.
    pub due_at: Moment,
    pub started_at: Option<Moment>,
    pub ended_at: Option<Moment>,
    pub rows: Option<u64>,
    /// Octets of the report.
    pub size: Option<u64>,
    pub recipients: u64,
    /// The account that it was sent through.
    pub account: Option<String>,
    pub failed_at: Option<Stage>,
    /// What the mail server said, or why it could not be sent.
    pub words: String,
    /// Its file is still kept.
    pub has_file: bool,
}

/// A column of the list that sorts; ties are broken by ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScheduleColumn {
    #[default]
    Name,
    Id,
    Next,
}

impl ListColumn for ScheduleColumn {
    const ALL: &'static [Self] = &[Self::Id, Self::Name, Self::Next];

    fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Next => "next",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Name => "Name",
            Self::Next => "Next run",
        }
    }
}

/// What the list of schedules is asked for. Texts match anywhere, without regard to case. Blank means absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleFilter {
    pub name: String,
    pub recipient: String,
    pub sort: Sort<ScheduleColumn>,
    /// From 1.
    pub page: u64,
}

impl Default for ScheduleFilter {
    fn default() -> Self {
        Self { name: String::new(), recipient: String::new(), sort: Sort::default(), page: 1 }
    }
}

impl ScheduleFilter {
    /// Reads a query string, with or without its `?`. What it does not know or cannot read counts as absent.
    pub fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        let Self { name, recipient, sort, page } = &mut filter;
        read_query(query, [("name", name), ("recipient", recipient)], sort, page);
        filter
    }

    /// The one short address of this list, without its `?`.
    pub fn to_query(&self) -> String {
        let Self { name, recipient, sort, page } = self;
        write_query([("name", name), ("recipient", recipient)], *sort, *page)
    }

    pub fn is_narrowed(&self) -> bool {
        let Self { name, recipient, sort: _, page: _ } = self;
        [name, recipient].into_iter().any(|text| !text.trim().is_empty())
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    pub id: ScheduleId,
    pub name: String,
    pub enabled: bool,
    pub stopped: bool,
    /// Its next run cannot be sent, as things are now.
    pub blocked: bool,
    /// In words, with the zone.
    pub recurrence: String,
    pub format: ReportFormat,
    /// The first recipient, and how many more there are.
    pub recipient: String,
    pub more: u64,
    pub next_at: Option<Moment>,
    /// The newest run that is not waiting for its time.
    pub last: Option<(Moment, RunState)>,
    pub unseen: bool,
}

/// One page of the list.
pub type ScheduleListPage = ListPage<ScheduleRow>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_short_address_and_comes_back_from_it() {
        let check = |query: &str, short: &str| {
            assert_eq!(ScheduleFilter::from_query(query).to_query(), short, "{query}");
            assert_eq!(ScheduleFilter::from_query(short), ScheduleFilter::from_query(query), "{query}");
        };
        check("?name=&recipient=&page=1&sort=name", "");
        check("recipient=ops&sort=-next&page=2", "recipient=ops&sort=-next&page=2");
    }
}
