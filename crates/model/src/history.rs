//! The test sends of one account: what the history is asked for, its rows, and a page of them.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, ConnectionSecurity, FilterChoice, FilterField, FilterInput, FilterKey, ListFilter, ListPage, Moment,
    Stage, TestSendId,
};

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
    /// It failed for sure: no message was accepted.
    #[cfg_attr(feature = "db", sea_orm(string_value = "failed"))]
    Failed,
    /// Whether the message was accepted is not known.
    #[cfg_attr(feature = "db", sea_orm(string_value = "unknown"))]
    Unknown,
    /// A person ended it, before the message was handed over.
    #[cfg_attr(feature = "db", sea_orm(string_value = "cancelled"))]
    Cancelled,
}

impl TestEnd {
    /// In the order of the filter.
    pub const ALL: [Self; 5] = [Self::Accepted, Self::Checked, Self::Failed, Self::Unknown, Self::Cancelled];

    /// As the address says it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Checked => "checked",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// The end of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.key() == key)
    }

    /// As the list shows it, where no stage is to be named.
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

/// What the history can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryFilterKey {
    /// How it ended.
    Ended,
    /// The stage that failed.
    FailedAt,
    /// Who tested: a part of the e-mail address.
    By,
    /// The first and the last day, in UTC.
    From,
    /// The last day that it may have begun on, in UTC.
    To,
}

impl FilterKey for HistoryFilterKey {
    const ALL: &'static [Self] = &[Self::Ended, Self::FailedAt, Self::By, Self::From, Self::To];

    fn field(self) -> FilterField {
        let ends = || TestEnd::ALL.map(|end| FilterChoice { value: end.key(), label: end.label() }).into();
        let stages = || Stage::ALL.map(|stage| FilterChoice { value: stage.key(), label: stage.label() }).into();
        match self {
            Self::Ended => FilterField::new("ended", "Outcome", FilterInput::Choice { any: "Any", choices: ends }),
            Self::FailedAt => {
                FilterField::new("failed_at", "Failed at", FilterInput::Choice { any: "Any stage", choices: stages })
            }
            Self::By => FilterField::text("by", "Tested by"),
            Self::From => FilterField::new("from", "From day", FilterInput::Day),
            Self::To => FilterField::new("to", "To day", FilterInput::Day),
        }
    }
}

/// What the history is asked for, which has one order: the newest first.
pub type HistoryFilter = ListFilter<HistoryFilterKey>;

/// One test send, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// The test's number.
    pub id: TestSendId,
    /// When it began.
    pub sent_at: Moment,
    /// Who began it: an e-mail address.
    pub sent_by: String,
    /// To whom the message went: an e-mail address.
    pub recipient: String,
    /// The server, with its port.
    pub server: String,
    /// How the connection was encrypted.
    pub security: ConnectionSecurity,
    /// Tested as it stood on the screen, not as it was saved.
    pub typed: bool,
    /// None while it runs.
    pub ended: Option<TestEnd>,
    /// The stage that failed, where one did.
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
    /// Everything until there is a connection: settings, connector, DNS and TCP.
    Way,
    /// The server's greeting, and its first answer to EHLO.
    Greeting,
    /// The TLS handshake, and the EHLO after it.
    Encryption,
    /// The sign-in.
    SignIn,
    /// From MAIL to QUIT.
    Message,
}

impl Part {
    /// In the order of a conversation with STARTTLS.
    pub const ALL: [Self; 5] = [Self::Way, Self::Greeting, Self::Encryption, Self::SignIn, Self::Message];

    /// The part that a stage belongs to.
    pub const fn of(stage: Stage) -> Self {
        match stage {
            Stage::Settings | Stage::Connector | Stage::Dns | Stage::Tcp => Self::Way,
            Stage::Greeting | Stage::Ehlo => Self::Greeting,
            Stage::Tls | Stage::EhloAgain => Self::Encryption,
            Stage::Auth => Self::SignIn,
            Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Quit => Self::Message,
        }
    }

    /// As the chart's legend shows it.
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
    /// The account's number.
    pub account: AccountId,
    /// The account's name.
    pub name: String,
    /// Its tests, with the numbers of the page.
    pub list: ListPage<HistoryRow>,
}
