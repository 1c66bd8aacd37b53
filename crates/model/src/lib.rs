//! The typed model that browser and server share: what an SMTP account is, how a list is asked for, what a test
//! send found, and the one error that a person sees. No I/O and no clock; the rules of a form are here once.

#![deny(missing_docs)]

pub mod account;
pub mod account_draft;
mod account_field;
pub mod account_filter;
pub mod account_form;
pub mod account_list;
mod actor;
pub mod address;
pub mod batch;
mod bulk_change;
mod cell;
pub mod certificate;
pub mod connector;
mod connector_list;
pub mod credential;
mod credential_draft;
pub mod credential_list;
pub mod deleted;
pub mod destination;
pub mod diagnosis;
mod draft_answer;
mod email_address;
pub mod escape_controls;
mod explain;
pub mod export;
mod filter;
pub mod footer;
pub mod history;
#[cfg(feature = "idna")]
pub mod hosts;
mod import;
pub mod list;
mod live_report;
pub mod moment;
pub mod name;
mod networks;
pub mod observed;
pub mod origin;
mod page_size;
mod password;
mod pasted;
pub mod preferences;
pub mod problem;
pub mod query;
pub mod recurrence;
pub mod reply;
pub mod schedule;
pub mod schedule_draft;
pub mod schedule_list;
pub mod secret;
pub mod security;
pub mod smtp_report;
mod stage;
mod stage_report;
pub mod test_send;
pub mod text;
mod transcript;
pub mod trust;
pub mod view;
mod waiting;
pub mod yes_no;

pub use account::{Account, AccountId, SignIn};
pub use account_draft::AccountDraft;
pub use account_field::{AccountField, Column, ColumnWidth, FieldKind, LAST_TEST_TIME};
pub use account_filter::{AccountFilter, AccountFilterKey};
pub use account_form::{AccountForm, DefaultMoved, Saved};
pub use account_list::{AccountPage, AccountRow, Highlights, LastTest};
pub use actor::{Actor, UserId};
pub use address::{Host, Port};
pub use batch::{BatchForm, BatchId, BatchItem, BatchPage, BatchRow, BatchSum};
pub use bulk_change::{CHOSEN_AT_MOST, ChangeId, ChangeKind, ChangePreview, Changed, Selection, Undone};
pub use cell::{Cell, yes_no};
pub use certificate::{Certificate, ShownCa, ShownCertificate};
pub use connector::{
    CheckDraft, Connector, ConnectorCheck, ConnectorChoice, ConnectorDraft, ConnectorForm, ConnectorId, ConnectorKind,
    SavedConnector,
};
pub use connector_list::{ConnectorColumn, ConnectorFilter, ConnectorFilterKey, ConnectorPage, ConnectorRow};
pub use credential::{
    Credential, CredentialChoice, CredentialForm, CredentialId, Named, SecretAnswer, SecretLocation, Use, Uses,
};
pub use credential_draft::CredentialDraft;
pub use credential_list::{CredentialColumn, CredentialFilter, CredentialFilterKey, CredentialPage, CredentialRow};
pub use deleted::{DeletedRecord, RecordKind};
pub use destination::{ConnectorRoute, Destination, Destinations, NotAllowed, Protection};
pub use diagnosis::{Diagnosis, Fix, FoundBy, Possibility, ProviderFacts, Remedy, TrustOffer};
pub use draft_answer::DraftAnswer;
pub use email_address::EmailAddress;
pub use explain::{EXPLAIN_OCTETS, ExplainDraft, ExplainQuestion, Explained, Explanation};
pub use export::ExportFormat;
pub use filter::{Chip, Filter, FilterChoice, FilterField, FilterInput, FilterKey, ListFilter};
pub use footer::{Footer, FooterDraft};
pub use history::{HistoryFilter, HistoryFilterKey, HistoryPage, HistoryRow, TestEnd};
pub use import::{ImportCounts, ImportPreview, Imported, ImportedRow, Outcome, RowError};
pub use list::{Direction, ListColumn, ListPage, Sort};
pub use live_report::LiveReport;
pub use moment::Moment;
pub use name::{NAME_CHARACTERS, RecordName};
pub use networks::{ConfiguredNetworks, Network, Networks, NetworksDraft, NetworksForm};
pub use observed::{Observed, SenderRecord, SenderRecordKind};
pub use origin::{Origin, RequestId, SystemUser};
pub use page_size::PageSize;
pub use password::{PASSWORD_CHARACTERS, PasswordDraft, check_password};
pub use pasted::{Pasted, PastedAnswer};
pub use preferences::Preferences;
pub use problem::{Conflict, Difference, FieldError, FieldErrors, Problem, Throttled};
pub use recurrence::{ClockTime, Recurrence, Rhythm, Weekday};
pub use schedule::{
    NextRun, NextRuns, RUN_FILES_OCTETS, ReportFormat, Schedule, ScheduleForm, ScheduleId, SchedulePage,
};
pub use schedule_draft::ScheduleDraft;
pub use schedule_list::{
    RunId, RunState, ScheduleColumn, ScheduleFilter, ScheduleFilterKey, ScheduleListPage, ScheduleRow, ScheduleRun,
};
pub use secret::SecretReference;
pub use security::{CertificateCheck, ConnectionSecurity, Mechanism, MechanismChoice, TlsType};
pub use smtp_report::{Acceptance, Failure, FailureKind, HandshakeFault, ProxyAnswer, Reply, SmtpReport, TlsFacts};
pub use stage::{Stage, StopAfter};
pub use stage_report::{StageReport, StageState};
pub use test_send::{TestSend, TestSendDraft, TestSendId, TestSendRequest, TestShown};
pub use transcript::{Speaker, TranscriptLine};
pub use trust::{CaPem, Fingerprint, Trust, TrustKind};
pub use view::{View, ViewDraft, ViewForm, ViewId, ViewName, ViewTab};
pub use waiting::{TimeLimit, waited};
pub use yes_no::YesNo;
