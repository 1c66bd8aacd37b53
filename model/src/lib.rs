//! The typed model that browser and server share: what an SMTP account is, how a list is asked for, what a test
//! send found, and the one error that a person sees. No I/O and no clock; the rules of a form are here once.

pub mod account;
pub mod address;
pub mod diagnosis;
pub mod filter;
pub mod footer;
pub mod moment;
pub mod preferences;
pub mod problem;
pub mod query;
pub mod security;
pub mod test_send;
pub mod text;
pub mod user;

pub use account::{
    Account, AccountDraft, AccountForm, AccountId, AccountName, AccountPage, AccountRow, LastTest, Marks, Saved, YesNo,
};
pub use address::{EmailAddress, Host, Port};
pub use diagnosis::{Diagnosis, FoundBy};
pub use filter::{AccountFilter, Chip, Column, Direction, PageSize, Sort};
pub use footer::{Footer, FooterDraft};
pub use moment::Moment;
pub use preferences::Preferences;
pub use problem::{Conflict, FieldError, FieldErrors, Problem};
pub use security::{CertificateCheck, Security, TlsType};
pub use test_send::{
    Failure, FailureKind, Reply, SmtpReport, Speaker, Stage, StageReport, StageState, Taken, TestSend, TestSendDraft,
    TestSendId, TestSendRequest, TlsFacts, TranscriptLine,
};
pub use user::{Actor, PasswordDraft, UserId};
