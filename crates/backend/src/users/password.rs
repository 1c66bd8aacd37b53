//! One's own password.

use model::{Actor, FieldErrors, Problem, check_password};
use secrecy::{ExposeSecret, SecretString};
use store::audit::{Action, Event, Resource};
use store::{WriteTx, sessions, users};

use super::ProvenUser;
use super::manage::set_password;
use crate::password::{random, token_hash};
use crate::{Backend, Client};

impl Backend {
    /// Changes one's own password, asked for in this session. Every session of the person ends: the caller begins a new
    /// one with what is given. Refused where the session or the password ended meanwhile.
    pub async fn change_password(
        &self,
        actor: &Actor,
        client: &Client,
        session: &str,
        current: SecretString,
        new: SecretString,
    ) -> Result<ProvenUser, Problem> {
        let mut errors = FieldErrors::default();
        if current.expose_secret().is_empty() {
            errors.push("current", "Enter your current password.");
        }
        errors.take("password", check_password(new.expose_secret()));
        if !errors.is_empty() {
            return Err(errors.into());
        }
        let confirmed = match self.confirm_password(actor, client, current).await {
            Ok(confirmed) => confirmed.session_key,
            Err(Problem::Forbidden(_)) => {
                return Err(Problem::field("current", "This is not your current password. Enter it again."));
            }
            Err(problem) => return Err(problem),
        };
        let (hash, key) = (self.inner.passwords.hash(new).await?, random()?);
        let (hash, session, confirmed) = (hash.as_str(), &token_hash(session), &confirmed);
        let change = move |tx: WriteTx| async move {
            // The password may have been reset, the person disabled or signed out while the hashes were made.
            let user = users::lock(&tx, actor.id).await?.filter(|user| user.disabled_at.is_none());
            let user = user.filter(|user| user.session_key == *confirmed).ok_or(Problem::SignedOut)?;
            sessions::lock(&tx, session).await?.ok_or(Problem::SignedOut)?;
            set_password(&tx, &user, hash, &key).await?;
            tx.audit(Event::by(actor, Action::ChangePassword).on(Resource::User(actor.id)));
            Ok(())
        };
        self.store().write(change).await?;
        Ok(ProvenUser { actor: actor.clone(), session_key: key.to_vec() })
    }
}
