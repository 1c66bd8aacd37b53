//! What the server's administrator does with people, from the command line: listing, disabling, enabling, signing out,
//! and setting a new password. Whoever is disabled or signed out is so at once.

use model::{EmailAddress, Moment, Problem, UserId};
use secrecy::{ExposeSecret, SecretString};
use store::audit::{Action, Event, Resource};
use store::users::Record;
use store::{StoreError, WriteTx, schedules, sessions, settings, users};

use crate::Backend;
use crate::audit::{failed_command, from_command};
use crate::clock::now;
use crate::password::random;
use crate::schedules::owner_gone;

/// A person as they are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUser {
    /// The address that they sign in with.
    pub email: EmailAddress,
    /// Since when the person may not sign in.
    pub disabled_at: Option<Moment>,
    /// None before the first sign-in.
    pub last_sign_in_at: Option<Moment>,
}

impl Backend {
    /// Everybody who is registered, by address.
    pub async fn list_users(&self) -> Result<Vec<ListedUser>, Problem> {
        let all = self.store().read(users::list(self.store().db())).await?;
        let listed = |user: Record| ListedUser {
            email: user.email,
            disabled_at: user.disabled_at,
            last_sign_in_at: user.last_sign_in_at,
        };
        Ok(all.into_iter().map(listed).collect())
    }

    /// Keeps a person from signing in, ends their sessions and stops their schedules. Somebody who can sign in stays.
    pub async fn disable_user(&self, email: &str) -> Result<EmailAddress, Problem> {
        let disable = move |tx: WriteTx| async move {
            // One at a time: two that disable each other would each count the other one.
            settings::lock(&tx).await?;
            let user = find(&tx, email).await?;
            if user.disabled_at.is_none() {
                if !users::another_is_enabled(tx.db(), user.id).await? {
                    return Err(last_enabled(&user.email).into());
                }
                users::set_disabled(&tx, user.id, Some(now())).await?;
            }
            sessions::delete_of(&tx, user.id).await?;
            tx.audit(by_command(Action::Disable, user.id));
            schedules::stop_of(&tx, user.id, &owner_gone(user.email.as_str())).await?;
            Ok(user.email)
        };
        failed_command(self.store().write(disable).await, Action::Disable)
    }

    /// Lets a person sign in again.
    pub async fn enable_user(&self, email: &str) -> Result<EmailAddress, Problem> {
        let enable = move |tx: WriteTx| async move {
            let user = find(&tx, email).await?;
            users::set_disabled(&tx, user.id, None).await?;
            tx.audit(by_command(Action::Enable, user.id));
            Ok(user.email)
        };
        failed_command(self.store().write(enable).await, Action::Enable)
    }

    /// Ends a person's sessions; says how many there were.
    pub async fn sign_user_out(&self, email: &str) -> Result<(EmailAddress, u64), Problem> {
        let end = move |tx: WriteTx| async move {
            let user = find(&tx, email).await?;
            let ended = sessions::delete_of(&tx, user.id).await?;
            tx.audit(by_command(Action::SignOut, user.id).detail(format_args!("sessions: {ended}")));
            Ok((user.email, ended))
        };
        failed_command(self.store().write(end).await, Action::SignOut)
    }

    /// Gives a person a new password and ends their sessions.
    pub async fn reset_password(&self, email: &str, password: SecretString) -> Result<EmailAddress, Problem> {
        model::check_password(password.expose_secret()).map_err(|message| Problem::field("password", message))?;
        let (hash, key) = (self.inner.passwords.hash(password).await?, random()?);
        let hash = hash.as_str();
        let reset = move |tx: WriteTx| async move {
            let user = find(&tx, email).await?;
            set_password(&tx, &user, hash, &key).await?;
            tx.audit(by_command(Action::ResetPassword, user.id));
            Ok(user.email)
        };
        failed_command(self.store().write(reset).await, Action::ResetPassword)
    }
}

/// The event of a command about a person.
pub fn by_command(action: Action, user: UserId) -> Event {
    Event::from(&from_command(), action).on(Resource::User(user))
}

/// Keeps a new password's hash. The key that sessions carry changes with it, and those that there are end.
pub async fn set_password(tx: &WriteTx, user: &Record, hash: &str, key: &[u8]) -> Result<(), StoreError> {
    users::set_password(tx, user.id, hash, key).await?;
    sessions::delete_of(tx, user.id).await?;
    Ok(())
}

/// The person, kept as they are for this transaction: who signs in at the same moment comes before or after it.
async fn find(tx: &WriteTx, email: &str) -> Result<Record, StoreError> {
    let found = match users::find_by_email(tx.db(), email).await? {
        Some(user) => users::lock(tx, user.id).await?,
        None => None,
    };
    let words = || format!("Nobody is registered as {email}. “posthouse user list” names everybody.");
    found.ok_or_else(|| Problem::NotFound(words()).into())
}

fn last_enabled(email: &EmailAddress) -> Problem {
    Problem::Refused(format!("{email} is the last administrator who can sign in. Add or enable another one first."))
}
