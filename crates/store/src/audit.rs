//! The audit events: who did what, from where, to which record, and how it ended. Every use case that changes, reveals
//! or refuses something records one here, and nowhere else; no event holds a secret.
//!
//! An event of a change belongs to its transaction ([`crate::WriteTx::audit`]) and is recorded once that is
//! committed. An event goes to the log, under the target [`TARGET`].

use std::fmt::{self, Write as _};

use model::{
    AccountId, Actor, BatchId, ChangeId, ConnectorId, CredentialId, Origin, Problem, RunId, ScheduleId, TestSendId,
    UserId, ViewId,
};

/// The target of these events in the log.
pub const TARGET: &str = "posthouse::audit";

/// As much of a path as is recorded.
const PATH_OCTETS: usize = 256;

/// What was done, or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The first person was registered, through the set-up link.
    SetUp,
    /// A person signed in, or tried to.
    SignIn,
    /// A person signed out.
    SignOut,
    /// The password was asked for once more.
    ConfirmPassword,
    /// A person changed the own password.
    ChangePassword,
    /// A command gave a person another password.
    ResetPassword,
    /// A record was made.
    Create,
    /// A record was saved again.
    Update,
    /// A record was deleted; it can be restored for a while.
    Delete,
    /// A deleted record came back.
    Restore,
    /// Accounts or a person were enabled.
    Enable,
    /// Accounts or a person were disabled.
    Disable,
    /// What several accounts or an import changed was undone.
    Undo,
    /// Accounts were made and changed by a file.
    Import,
    /// A report was downloaded as a file.
    Export,
    /// A report was opened for paper.
    Print,
    /// A message was sent to prove that an account works.
    Test,
    /// A network connector was tried.
    Check,
    /// A secret left the vault, or was read where a reference points.
    UseSecret,
    /// A scheduled report was asked for out of turn.
    Run,
    /// A scheduled report was sent.
    Send,
    /// Something that ran was ended before its time.
    Cancel,
    /// A schedule was stopped, with a reason.
    Stop,
    /// A stopped schedule runs again.
    Resume,
    /// The vault's key was replaced, or its replacement went on.
    RotateKey,
    /// Every secret was given up with its key.
    ResetVault,
    /// Every secret was opened to see whether it can be.
    CheckVault,
    /// The database was written to a backup.
    Backup,
    /// A backup replaced what was in the database.
    RestoreBackup,
    /// What was deleted 30 days ago is gone for good.
    Purge,
    /// The machine's clock was accepted as right, whatever was seen before.
    AcceptClock,
    /// Something else that was asked for.
    Request,
}

impl Action {
    /// The name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::ConfirmPassword => "confirm_password",
            Self::ChangePassword => "change_password",
            Self::ResetPassword => "reset_password",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Undo => "undo",
            Self::Import => "import",
            Self::Export => "export",
            Self::Print => "print",
            Self::Test => "test",
            Self::Check => "check",
            Self::UseSecret => "use_secret",
            Self::Run => "run",
            Self::Send => "send",
            Self::Cancel => "cancel",
            Self::Stop => "stop",
            Self::Resume => "resume",
            Self::RotateKey => "rotate_key",
            Self::ResetVault => "reset_vault",
            Self::CheckVault => "check_vault",
            Self::Backup => "backup",
            Self::RestoreBackup => "restore_backup",
            Self::Purge => "purge",
            Self::AcceptClock => "accept_clock",
            Self::Request => "request",
        }
    }
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// One account.
    Account(AccountId),
    /// The accounts that a list shows.
    Accounts,
    /// The values of a form that are not saved.
    UnsavedAccount,
    /// A test of several accounts.
    Batch(BatchId),
    /// A change of several accounts, or an import.
    Change(ChangeId),
    /// A network connector.
    Connector(ConnectorId),
    /// A credential.
    Credential(CredentialId),
    /// The message footer.
    Footer,
    /// The networks that may be connected to.
    Networks,
    /// What a person chose to see.
    Preferences,
    /// A run of a schedule.
    Run(RunId),
    /// A schedule.
    Schedule(ScheduleId),
    /// A test send.
    Test(TestSendId),
    /// A person.
    User(UserId),
    /// A view of the report.
    View(ViewId),
    /// The vault, with all of its secrets.
    Vault,
    /// The whole database.
    Database,
    /// A path of the server, without its query.
    Path(String),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account/{}", id.0),
            Self::Accounts => f.write_str("accounts"),
            Self::UnsavedAccount => f.write_str("unsaved_account"),
            Self::Batch(id) => write!(f, "batch/{}", id.0),
            Self::Change(id) => write!(f, "change/{}", id.0),
            Self::Connector(id) => write!(f, "connector/{}", id.0),
            Self::Credential(id) => write!(f, "credential/{}", id.0),
            Self::Footer => f.write_str("footer"),
            Self::Networks => f.write_str("networks"),
            Self::Preferences => f.write_str("preferences"),
            Self::Run(id) => write!(f, "run/{}", id.0),
            Self::Schedule(id) => write!(f, "schedule/{}", id.0),
            Self::Test(id) => write!(f, "test/{}", id.0),
            Self::User(id) => write!(f, "user/{}", id.0),
            Self::View(id) => write!(f, "view/{}", id.0),
            Self::Vault => f.write_str("vault"),
            Self::Database => f.write_str("database"),
            // A stranger chooses it: nothing of it acts in a log or on a terminal, and it is not long.
            Self::Path(path) => path.bytes().take(PATH_OCTETS).try_for_each(|byte| match byte {
                b'!'..=b'~' if byte != b'"' => f.write_char(char::from(byte)),
                _ => write!(f, "%{byte:02X}"),
            }),
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was tried and did not work: a wrong password, a test that failed.
    Failure,
    /// It was not allowed.
    Refused,
    /// It was asked for too often.
    Throttled,
    /// The database did not say whether it kept the change.
    Unknown,
}

impl Outcome {
    /// The name in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unknown => "unknown",
        }
    }

    /// Success or failure.
    pub const fn of_success(is_success: bool) -> Self {
        if is_success { Self::Success } else { Self::Failure }
    }
}

impl From<&Problem> for Outcome {
    fn from(problem: &Problem) -> Self {
        match problem {
            Problem::SignedOut | Problem::Forbidden(_) => Self::Refused,
            Problem::TooMany(_) | Problem::Throttled(_) => Self::Throttled,
            _ => Self::Failure,
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    action: Action,
    origin: Origin,
    person: Option<Person>,
    resource: Option<Resource>,
    outcome: Outcome,
    detail: Option<String>,
}

#[derive(Clone, Debug)]
struct Person {
    id: UserId,
    email: String,
}

impl Event {
    /// Of somebody who is known; it succeeded, unless it says otherwise.
    pub fn by(actor: &Actor, action: Action) -> Self {
        Self { person: Some(Person::from(actor)), ..Self::from(&actor.origin, action) }
    }

    /// Of somebody who is not known.
    pub fn from(origin: &Origin, action: Action) -> Self {
        Self { action, origin: origin.clone(), person: None, resource: None, outcome: Outcome::Success, detail: None }
    }

    /// What it was done to.
    pub fn on(self, resource: Resource) -> Self {
        Self { resource: Some(resource), ..self }
    }

    /// How it ended, where that is no success.
    pub fn ended(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// A word more: a number of records, a format, a destination. Never a secret, nor what could be one.
    pub fn detail(self, detail: impl fmt::Display) -> Self {
        Self { detail: Some(detail.to_string()), ..self }
    }

    /// Records it. Nothing else does.
    pub fn record(self) {
        let Self { action, origin, person, resource, outcome, detail } = self;
        let (address, request_id) = match &origin {
            Origin::Request { address, id } => (Some(address), Some(id.as_str())),
            Origin::CommandLine { .. } | Origin::Server => (None, None),
        };
        let system_user = match &origin {
            Origin::CommandLine { user } => Some(*user),
            Origin::Request { .. } | Origin::Server => None,
        };
        tracing::info!(
            target: TARGET,
            action = action.name(),
            outcome = outcome.name(),
            resource = resource.as_ref().map(tracing::field::display),
            detail,
            user = person.as_ref().map(|person| person.id.0),
            email = person.as_ref().map(|person| person.email.as_str()),
            origin = origin.name(),
            address = address.map(tracing::field::display),
            request_id,
            uid = system_user.map(|user| user.uid),
            sudo_uid = system_user.and_then(|user| user.sudo_uid),
            "audit"
        );
    }
}

impl From<&Actor> for Person {
    fn from(actor: &Actor) -> Self {
        Self { id: actor.id, email: actor.email.to_string() }
    }
}
