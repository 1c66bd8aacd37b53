//! The list of schedules, and the runs of one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FilterField, FilterKey, ListColumn, ListFilter, ListPage, Moment, ReportFormat, ScheduleId, Stage};

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
    /// As the list of runs shows it.
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
    /// The run's number.
    pub id: RunId,
    /// The time that the schedule gave; of a run by hand, when it was asked for.
    pub planned_at: Moment,
    /// How far it is.
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
    /// When its newest attempt began.
    pub started_at: Option<Moment>,
    /// When it came to its end.
    pub ended_at: Option<Moment>,
    /// How many rows the report has, once it is made.
    pub rows: Option<u64>,
    /// Octets of the report.
    pub size: Option<u64>,
    /// How many addresses it goes to.
    pub recipients: u64,
    /// The account that it was sent through.
    pub account: Option<String>,
    /// The stage of the conversation that failed, where one did.
    pub failed_at: Option<Stage>,
    /// What the mail server said, or why it could not be sent.
    pub words: String,
    /// Its file is still kept.
    pub has_file: bool,
}

/// A column of the list that sorts; ties are broken by ID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScheduleColumn {
    /// The schedule's name.
    #[default]
    Name,
    /// Its number.
    Id,
    /// When it runs next.
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

/// What the list can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleFilterKey {
    /// A part of the name.
    Name,
    /// A part of any recipient's address.
    Recipient,
}

impl FilterKey for ScheduleFilterKey {
    const ALL: &'static [Self] = &[Self::Name, Self::Recipient];

    fn field(self) -> FilterField {
        match self {
            Self::Name => FilterField::text("name", "Name"),
            Self::Recipient => FilterField::text("recipient", "Recipient"),
        }
    }
}

/// What the list is asked for.
pub type ScheduleFilter = ListFilter<ScheduleFilterKey, ScheduleColumn>;

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// The schedule's number.
    pub id: ScheduleId,
    /// Its name.
    pub name: String,
    /// Whether it runs at its times.
    pub enabled: bool,
    /// Whether Posthouse stopped it, because it cannot be sent any more.
    pub stopped: bool,
    /// Its next run cannot be sent, as things are now.
    pub blocked: bool,
    /// In words, with the zone.
    pub recurrence: String,
    /// How the report travels.
    pub format: ReportFormat,
    /// The first recipient, and how many more there are.
    pub recipient: String,
    /// Recipients besides the first.
    pub more: u64,
    /// When it runs next; None while it does not.
    pub next_at: Option<Moment>,
    /// The newest run that is not waiting for its time.
    pub last: Option<(Moment, RunState)>,
    /// Something failed, and nobody has said that it was seen.
    pub unseen: bool,
}

/// One page of the list.
pub type ScheduleListPage = ListPage<ScheduleRow>;
