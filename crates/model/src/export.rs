//! The report as a file: in which form.

use std::borrow::Cow;

use crate::{Acceptance, LastTest};

/// The form of an exported report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma-separated values: RFC 4180, in UTF-8.
    Csv,
    /// An Office Open XML workbook.
    Xlsx,
    /// One array of objects, in UTF-8; RFC 8259.
    Json,
}

impl ExportFormat {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Json];

    /// As the address and the file's name say it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    /// As the menu shows it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
            Self::Json => "JSON",
        }
    }

    /// What `Content-Type` says (RFC 4180, RFC 8259; the IANA registry of media types).
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }

    /// The form of this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.key() == key)
    }
}

impl LastTest {
    /// "Accepted", "Failed at RCPT", "Checked".
    pub fn outcome(&self) -> Cow<'static, str> {
        match (self.taken, self.failed_at) {
            (None, _) => "Running".into(),
            (Some(Acceptance::Yes), _) => "Accepted".into(),
            (Some(Acceptance::Unknown), _) => "Not known".into(),
            (Some(Acceptance::No), Some(stage)) => format!("Failed at {}", stage.label()).into(),
            // It ended on purpose before a message was sent.
            (Some(Acceptance::No), None) => "Checked".into(),
        }
    }
}
