//! What can go wrong in the store, distinguished by what is to be done about it, and what a person reads.

use model::{FieldErrors, Problem};
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// Why a use case of the store ended early.
#[derive(Debug)]
pub enum StoreError {
    /// A rule that a person has to know of.
    Problem(Problem),
    /// A unique value was there already.
    NotUnique(Unique),
    /// Two transactions conflicted; a second attempt can succeed.
    Collided(DbErr),
    /// Locked, closed, gone, or too slow.
    NoAnswer(String),
    /// Its disk is full, read-only or failing.
    Unwritable(String),
    /// A defect of ours, or a damaged store.
    Broken(DbErr),
}

/// The values that are there at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// The name of an account.
    AccountName,
    /// The mark of the default account.
    DefaultAccount,
    /// The name of a credential.
    CredentialName,
    /// The name of a network connector.
    ConnectorName,
    /// The name of a schedule.
    ScheduleName,
    /// The name of a view, among those of its owner.
    ViewName,
    /// The address of a person.
    UserEmail,
}

impl From<Problem> for StoreError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<FieldErrors> for StoreError {
    fn from(errors: FieldErrors) -> Self {
        Problem::from(errors).into()
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => Self::NoAnswer(error.to_string()),
            DbErr::Conn(RuntimeErr::SqlxError(cause))
            | DbErr::Exec(RuntimeErr::SqlxError(cause))
            | DbErr::Query(RuntimeErr::SqlxError(cause)) => match cause.as_ref() {
                sqlx::Error::Database(refusal) => match kind(refusal.as_ref()) {
                    Kind::Unique(unique) => Self::NotUnique(unique),
                    Kind::Collision => Self::Collided(error),
                    Kind::NoAnswer => Self::NoAnswer(error.to_string()),
                    Kind::Unwritable => Self::Unwritable(error.to_string()),
                    Kind::Other => Self::Broken(error),
                },
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Self::NoAnswer(error.to_string()),
                _ => Self::Broken(error),
            },
            _ => Self::Broken(error),
        }
    }
}

enum Kind {
    Unique(Unique),
    Collision,
    NoAnswer,
    Unwritable,
    Other,
}

/// Tells a database's refusal by its code: SQLite's result codes (sqlite.org/rescode.html), PostgreSQL's SQLSTATE
/// (appendix A of its manual).
fn kind(refusal: &dyn sqlx::error::DatabaseError) -> Kind {
    let code = refusal.code().unwrap_or_default();
    if refusal.is_unique_violation() {
        return unique(refusal).map_or(Kind::Other, Kind::Unique);
    }
    match refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
        // The lowest byte is the primary code: BUSY and LOCKED; READONLY, IOERR, FULL and CANTOPEN.
        Some(_) => match code.parse::<u32>().map(|code| code & 0xFF) {
            Ok(5 | 6) => Kind::NoAnswer,
            Ok(8 | 10 | 13 | 14) => Kind::Unwritable,
            _ => Kind::Other,
        },
        None => match code.as_ref() {
            // serialization_failure, deadlock_detected
            "40001" | "40P01" => Kind::Collision,
            // lock_not_available, query_canceled (by a time limit)
            "55P03" | "57014" => Kind::NoAnswer,
            // disk_full, read_only_sql_transaction (a standby), system errors
            "53100" | "25006" | "58000" | "58030" => Kind::Unwritable,
            // connection exceptions, insufficient resources, shutdown
            // invalid_catalog_name: the database was dropped or renamed
            "3D000" => Kind::NoAnswer,
            code if ["08", "53", "57P"].iter().any(|class| code.starts_with(class)) => Kind::NoAnswer,
            _ => Kind::Other,
        },
    }
}

/// PostgreSQL names the index, SQLite the columns.
fn unique(refusal: &dyn sqlx::error::DatabaseError) -> Option<Unique> {
    let rule = refusal.constraint().unwrap_or_else(|| refusal.message());
    [
        ("accounts_name_taken", Unique::AccountName),
        ("accounts.name_folded", Unique::AccountName),
        ("accounts_one_default", Unique::DefaultAccount),
        ("accounts.is_default", Unique::DefaultAccount),
        ("credentials_name_taken", Unique::CredentialName),
        ("credentials.name_folded", Unique::CredentialName),
        ("connectors_name_taken", Unique::ConnectorName),
        ("connectors.name_folded", Unique::ConnectorName),
        ("schedules_name_taken", Unique::ScheduleName),
        ("schedules.name_folded", Unique::ScheduleName),
        ("views_name_taken", Unique::ViewName),
        ("views.name_folded", Unique::ViewName),
        ("users_email_taken", Unique::UserEmail),
        ("users.email_folded", Unique::UserEmail),
    ]
    .into_iter()
    .find_map(|(name, unique)| rule.ends_with(name).then_some(unique))
}

/// Logs the cause, once, and says what a person can do. No SQL leaves this place.
impl From<StoreError> for Problem {
    fn from(fault: StoreError) -> Self {
        let no_answer = "The database did not answer in time. Nothing was changed; try again.";
        match fault {
            StoreError::Problem(problem) => problem,
            StoreError::NotUnique(
                Unique::AccountName
                | Unique::CredentialName
                | Unique::ConnectorName
                | Unique::ScheduleName
                | Unique::ViewName,
            ) => Self::field("name", "This name exists already. Choose another name."),
            StoreError::NotUnique(Unique::UserEmail) => Self::field("email", "This person is registered already."),
            StoreError::NotUnique(Unique::DefaultAccount) => {
                Self::Refused("Somebody else saved at the same moment. Nothing was changed; try again.".to_owned())
            }
            StoreError::Collided(error) => {
                tracing::warn!(error = %error, "transactions collided again and again");
                Self::Unavailable(no_answer.to_owned())
            }
            StoreError::NoAnswer(cause) => {
                tracing::warn!(error = %cause, "the database did not answer");
                Self::Unavailable(no_answer.to_owned())
            }
            StoreError::Unwritable(cause) => {
                tracing::error!(error = %cause, "the database cannot be written to");
                Self::Unavailable(
                    "The database cannot be written to. Nothing was changed; the server's log says why.".to_owned(),
                )
            }
            StoreError::Broken(error) => {
                tracing::error!(error = %chain(&error), "the store failed");
                Self::Internal
            }
        }
    }
}

/// An error with its causes, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
