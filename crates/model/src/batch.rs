//! A test of several accounts: what it is asked for, and how far it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AccountId, Moment, Stage, TestEnd, TestSendId};

/// A batch's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::DeriveValueType))]
pub struct BatchId(pub i64);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The most accounts of one batch.
pub const BATCH_AT_MOST: usize = 200;

/// What a batch would test, before it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchForm {
    /// Accounts that were chosen and are there.
    pub chosen: u64,
    /// The first names among them, by ID.
    pub first: Vec<String>,
    /// How many one person may begin within a minute.
    pub per_minute: u32,
    /// One's own address.
    pub recipient: String,
}

/// One account of a batch, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// The account's number.
    pub account: AccountId,
    /// The account's name at that time.
    pub name: String,
    /// None while it waits, and where its test did not begin.
    pub test: Option<TestSendId>,
    /// Why it did not begin.
    pub problem: Option<String>,
}

/// One account of a batch, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRow {
    /// The account and its test.
    pub item: BatchItem,
    /// None while it runs or waits.
    pub ended: Option<TestEnd>,
    /// The stage that failed, where one did.
    pub failed_at: Option<Stage>,
}

impl BatchRow {
    /// "Accepted", "Failed at TLS", "Running", "Waiting", "Not tested".
    pub fn outcome(&self) -> String {
        match &self.item {
            BatchItem { problem: Some(_), .. } => "Not tested".to_owned(),
            BatchItem { test: None, .. } => "Waiting".to_owned(),
            BatchItem { .. } => TestEnd::in_words(self.ended, self.failed_at),
        }
    }

    /// Whether nothing more happens to it.
    pub const fn has_ended(&self) -> bool {
        self.ended.is_some() || self.item.problem.is_some()
    }
}

/// A batch with all of its accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchPage {
    /// The batch's number.
    pub id: BatchId,
    /// When it was begun.
    pub started_at: Moment,
    /// Who began it: an e-mail address.
    pub started_by: String,
    /// To whom the messages went: an e-mail address.
    pub recipient: String,
    /// The stage after which each test ended on purpose, in words; None where messages are sent.
    pub stop_after: Option<String>,
    /// One for each account, in the order in which they are tested.
    pub rows: Vec<BatchRow>,
    /// It goes on, or is to begin.
    pub running: bool,
    /// When it begins by itself, where it was begun for later.
    pub begins_at: Option<Moment>,
}

/// How many of a batch ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchSum {
    /// Accepted by the server, or checked up to where it was to stop.
    pub well: usize,
    /// Failed for sure.
    pub failed: usize,
    /// Not known, cancelled, or not tested.
    pub other: usize,
    /// Running, or waiting for their turn.
    pub left: usize,
}

impl BatchPage {
    /// Counts the rows by how they ended.
    pub fn sum(&self) -> BatchSum {
        let mut sum = BatchSum::default();
        for row in &self.rows {
            let count = match row.ended {
                Some(TestEnd::Accepted | TestEnd::Checked) => &mut sum.well,
                Some(TestEnd::Failed) => &mut sum.failed,
                _ if row.has_ended() => &mut sum.other,
                _ => &mut sum.left,
            };
            *count += 1;
        }
        sum
    }
}
