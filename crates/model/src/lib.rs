//! The typed model that browser and server share: what an SMTP account is, how a list is asked for, what a test
//! send found, and the one error that a person sees. No I/O and no clock; the rules of a form are here once.

pub mod account;
pub mod account_draft;
mod account_field;
pub mod account_filter;
pub mod account_form;
pub mod account_list;
pub mod address;
pub mod batch;
mod cell;
pub mod certificate;
pub mod connector;
mod connector_list;
pub mod credential;
pub mod credential_list;
pub mod deleted;
pub mod destination;
pub mod diagnosis;
pub mod escape_controls;
pub mod export;
mod filter;
pub mod footer;
pub mod history;
#[cfg(feature = "idna")]
pub mod hosts;
mod import;
pub mod list;
pub mod moment;
pub mod name;
mod networks;
pub mod origin;
mod page_size;
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
pub mod selection;
pub mod smtp_report;
mod stage;
pub mod test_send;
pub mod text;
pub mod trust;
pub mod user;
pub mod view;
pub mod yes_no;

pub use account::{Account, AccountId, SignIn};
pub use account_draft::{AccountDraft, DraftAnswer};
pub use account_field::{AccountField, Column, ColumnWidth, FieldKind, LAST_TEST_TIME};
pub use account_filter::{AccountFilter, AccountFilterKey};
pub use account_form::{AccountForm, DefaultMoved, Saved};
pub use account_list::{AccountPage, AccountRow, Highlights, LastTest};
pub use address::{EmailAddress, Host, Port};
pub use batch::{BatchForm, BatchId, BatchItem, BatchPage, BatchRow, BatchSum};
pub use cell::{Cell, yes_no};
pub use certificate::{Certificate, ShownCa, ShownCertificate};
pub use connector::{
    CheckDraft, Connector, ConnectorCheck, ConnectorChoice, ConnectorDraft, ConnectorForm, ConnectorId, ConnectorKind,
    SavedConnector,
};
pub use connector_list::{ConnectorColumn, ConnectorFilter, ConnectorFilterKey, ConnectorPage, ConnectorRow};
pub use credential::{
    Credential, CredentialChoice, CredentialDraft, CredentialForm, CredentialId, Named, SecretAnswer, SecretLocation,
    Use, Uses,
};
pub use credential_list::{CredentialColumn, CredentialFilter, CredentialFilterKey, CredentialPage, CredentialRow};
pub use deleted::{DeletedRecord, RecordKind};
pub use destination::{ConnectorRoute, Destination, Destinations, NotAllowed, Protection};
pub use diagnosis::{Diagnosis, Fix, FoundBy, Possibility, ProviderFacts, Remedy};
pub use export::ExportFormat;
pub use filter::{Chip, Filter, FilterChoice, FilterField, FilterInput, FilterKey, ListFilter};
pub use footer::{Footer, FooterDraft};
pub use history::{HistoryFilter, HistoryFilterKey, HistoryPage, HistoryRow, TestEnd};
pub use import::{ImportCounts, ImportPreview, Imported, ImportedRow, Outcome, RowError};
pub use list::{Direction, ListColumn, ListPage, Sort};
pub use moment::Moment;
pub use name::{NAME_CHARACTERS, RecordName};
pub use networks::{ConfiguredNetworks, Network, Networks, NetworksDraft, NetworksForm};
pub use origin::{Origin, RequestId, SystemUser};
pub use page_size::PageSize;
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
pub use selection::{ChangeId, ChangeKind, ChangePreview, Changed, Selection, Undone};
pub use smtp_report::{
    Acceptance, Failure, FailureKind, LiveReport, Observed, ProxyAnswer, Reply, SenderRecord, SenderRecordKind,
    SmtpReport, Speaker, StageReport, StageState, TlsFacts, TranscriptLine,
};
pub use stage::{Stage, StopAfter};
pub use test_send::{TestSend, TestSendDraft, TestSendId, TestSendRequest, TestShown};
pub use trust::{CaPem, Fingerprint, Trust, TrustKind};
pub use user::{Actor, PASSWORD_CHARACTERS, PasswordDraft, UserId, check_password};
pub use view::{View, ViewDraft, ViewForm, ViewId, ViewName, ViewTab};
pub use yes_no::YesNo;
