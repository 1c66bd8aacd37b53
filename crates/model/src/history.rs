//! The test sends of one account: what the history is asked for, its rows, and a page of them.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{AccountId, ConnectionSecurity, ListPage, Moment, Stage, TestSendId};

/// How a test send ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "db", derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum))]
#[cfg_attr(feature = "db", sea_orm(rs_type = "String", db_type = "Text"))]
pub enum TestEnd {
    /// The server accepted the message.
    #[cfg_attr(feature = "db", sea_orm(string_value = "accepted"))]
    Accepted,
    /// It ended on purpose, with everything as it should be.
    #[cfg_attr(feature = "db", sea_orm(string_value = "checked"))]
    Checked,
    #[cfg_attr(feature = "db", sea_orm(string_value = "failed"))]
    Failed,
    /// Whether the message was accepted is not known.
    #[cfg_attr(feature = "db", sea_orm(string_value = "unknown"))]
    Unknown,
    #[cfg_attr(feature = "db", sea_orm(string_value = "cancelled"))]
    Cancelled,
}

impl TestEnd {
    pub const ALL: [Self; 5] = [Self::Accepted, Self::Checked, Self::Failed, Self::Unknown, Self::Cancelled];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Checked => "checked",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.key() == key)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Checked => "Checked",
            Self::Failed => "Failed",
            Self::Unknown => "Not known",
            Self::Cancelled => "Cancelled",
        }
    }

    /// "Failed at TLS", "Accepted"; "Running" while there is no end.
    pub fn in_words(ended: Option<Self>, failed_at: Option<Stage>) -> String {
        match (ended, failed_at) {
            (None, _) => "Running".to_owned(),
            (Some(Self::Failed), Some(stage)) => format!("Failed at {}", stage.label()),
            (Some(end), _) => end.label().to_owned(),
        }
    }
}

/// What the history is asked for. Blank means absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryFilter {
    pub ended: Option<TestEnd>,
    /// Where it failed.
    pub failed_at: Option<Stage>,
    /// A part of the e-mail address of who tested, without regard to case.
    pub by: String,
    /// The first and the last day, "2026-11-24", in UTC.
    pub from: String,
    pub to: String,
    /// From 1.
    pub page: u64,
}

impl Default for HistoryFilter {
    fn default() -> Self {
        Self { ended: None, failed_at: None, by: String::new(), from: String::new(), to: String::new(), page: 1 }
    }
}

impl HistoryFilter {
    /// Reads a query string, with or without its `?`. What it does not know or cannot read counts as absent.
    pub fn from_query(query: &str) -> Self {
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.trim();
            match key.as_ref() {
                "ended" => filter.ended = TestEnd::from_key(value),
                "failed_at" => filter.failed_at = Stage::from_key(value),
                "by" => value.clone_into(&mut filter.by),
                "from" if Moment::of_day(value).is_some() => value.clone_into(&mut filter.from),
                "to" if Moment::of_day(value).is_some() => value.clone_into(&mut filter.to),
                "page" => filter.page = value.parse().ok().filter(|page| *page > 0).unwrap_or(1),
                _ => {}
            }
        }
        filter
    }

    /// The one short address of this list, without its `?`.
    pub fn to_query(&self) -> String {
        let Self { ended, failed_at, by, from, to, page } = self;
        let mut query = form_urlencoded::Serializer::new(String::new());
        let ended = ended.map_or("", TestEnd::key);
        let failed_at = failed_at.map_or("", Stage::key);
        for (key, text) in [("ended", ended), ("failed_at", failed_at), ("by", by), ("from", from), ("to", to)] {
            if !text.trim().is_empty() {
                query.append_pair(key, text.trim());
            }
        }
        if *page > 1 {
            query.append_pair("page", &page.to_string());
        }
        query.finish()
    }

    pub fn is_narrowed(&self) -> bool {
        Self { page: 1, ..self.clone() } != Self::default()
    }
}

/// One test send, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub id: TestSendId,
    pub sent_at: Moment,
    pub sent_by: String,
    pub recipient: String,
    /// The server, with its port.
    pub server: String,
    pub security: ConnectionSecurity,
    /// Tested as it stood on the screen, not as it was saved.
    pub typed: bool,
    /// None while it runs.
    pub ended: Option<TestEnd>,
    pub failed_at: Option<Stage>,
    /// Microseconds from start to end.
    pub took: u64,
    /// Microseconds of each part of the way, in the order of [`Part::ALL`].
    pub parts: [u64; 5],
}

impl HistoryRow {
    /// "Failed at TLS".
    pub fn outcome(&self) -> String {
        TestEnd::in_words(self.ended, self.failed_at)
    }

    /// "TLS 46 ms, Message 12 ms": the parts that took time.
    pub fn in_words(&self) -> String {
        let mut words = String::new();
        for (part, took) in Part::ALL.into_iter().zip(self.parts) {
            if took > 0 {
                let comma = if words.is_empty() { "" } else { ", " };
                // Writing to a String cannot fail.
                let _ = write!(words, "{comma}{} {}", part.label(), crate::smtp_report::milliseconds(took));
            }
        }
        words
    }
}

/// A part of the way, as the chart shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Way,
    Greeting,
    Encryption,
    SignIn,
    Message,
}

impl Part {
    pub const ALL: [Self; 5] = [Self::Way, Self::Greeting, Self::Encryption, Self::SignIn, Self::Message];

    pub const fn of(stage: Stage) -> Self {
        match stage {
            Stage::Settings | Stage::Connector | Stage::Dns | Stage::Tcp => Self::Way,
            Stage::Greeting | Stage::Ehlo => Self::Greeting,
            Stage::Tls | Stage::EhloAgain => Self::Encryption,
            Stage::Auth => Self::SignIn,
            Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Quit => Self::Message,
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Way => "DNS and TCP",
            Self::Greeting => "Greeting",
            Self::Encryption => "TLS",
            Self::SignIn => "Sign-in",
            Self::Message => "Message",
        }
    }
}

/// One page of an account's test sends, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    pub account: AccountId,
    pub name: String,
    pub list: ListPage<HistoryRow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_has_one_short_address_and_comes_back_from_it() {
        let check = |query: &str, short: &str| {
            assert_eq!(HistoryFilter::from_query(query).to_query(), short, "{query}");
            assert_eq!(HistoryFilter::from_query(short), HistoryFilter::from_query(query), "{query}");
        };
        check("?ended=&by=&page=1&from=", "");
        check("by=ops%40x&ended=failed&failed_at=tls", "ended=failed&failed_at=tls&by=ops%40x");
        check("from=2026-11-01&to=2026-11-24&page=2", "from=2026-11-01&to=2026-11-24&page=2");
        check("from=yesterday&to=2026-02-30&ended=well&failed_at=x&page=0", "");
    }
}
