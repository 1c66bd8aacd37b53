//! One's own password.

use model::{Actor, FieldErrors, Problem, check_password};
use secrecy::{ExposeSecret, SecretString};

use super::manage::set_password;
use crate::audit::{Action, Event, Resource};
use crate::password::random;
use crate::store::{WriteTx, users};
use crate::{Backend, Client};

impl Backend {
    /// Changes one's own password. Every session of the person ends: the caller begins a new one.
    pub async fn change_password(
        &self,
        actor: &Actor,
        client: &Client,
        current: SecretString,
        new: SecretString,
    ) -> Result<(), Problem> {
        let mut errors = FieldErrors::default();
        if current.expose_secret().is_empty() {
            errors.push("current", "Enter your current password.");
        }
        errors.take("password", check_password(new.expose_secret()));
        if !errors.is_empty() {
            return Err(errors.into());
        }
        match self.confirm_password(actor, client, current).await {
            Ok(()) => {}
            Err(Problem::Forbidden(_)) => {
                return Err(Problem::field("current", "This is not your current password. Enter it again."));
            }
            Err(problem) => return Err(problem),
        }
        let (hash, key) = (self.inner.passwords.hash(new).await?, random()?);
        let hash = hash.as_str();
        let change = move |tx: WriteTx| async move {
            let user = users::lock(&tx, actor.id).await?.ok_or(Problem::SignedOut)?;
            set_password(&tx, &user, hash, &key).await?;
            tx.audit(Event::by(actor, Action::ChangePassword).on(Resource::User(actor.id)));
            Ok((tx, ()))
        };
        self.store().write(change).await
    }
}
