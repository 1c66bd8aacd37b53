//! People: the set-up link, registering, signing in.

use std::fmt;

use base16ct::lower::encode_string as hex;
use model::moment::DAY;
use model::{Actor, EmailAddress, Origin, PASSWORD_CHARACTERS, PasswordDraft, Problem, UserId};
use secrecy::{ExposeSecret, SecretString};
use store::audit::{Action, Event, Outcome, Resource};
use store::users::{NewUser, Record};
use store::{Store, StoreError, Unique, WriteTx, settings, users};

use crate::Backend;
use crate::audit::{failed_command, from_command};
use crate::client::Client;
use crate::clock::now;
use crate::login_throttle::{Attempt, AttemptEnd, StartedAttempt};
use crate::password::{random, token_hash};

mod manage;
mod password;

pub use manage::ListedUser;

/// How long a set-up link works.
const SET_UP_LINK: i64 = DAY;

/// Somebody who proved who they are by a password or the set-up link.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvenUser {
    /// Who it is, for use cases.
    pub actor: Actor,
    /// The person's session key at the moment that the proof was checked against: a session that begins with it is
    /// refused if the password changed meanwhile.
    pub session_key: Vec<u8>,
}

impl fmt::Debug for ProvenUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvenUser").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl Backend {
    /// A new token for the one-time set-up link, if nobody is registered yet; an older one ends with it. It works
    /// for 24 hours, and only its hash is kept.
    pub async fn set_up_token(&self) -> Result<Option<String>, Problem> {
        if self.store().read(users::any(self.store().db())).await? {
            return Ok(None);
        }
        let token = hex(&random()?);
        let hash = token_hash(&token);
        let keep = |tx: WriteTx| {
            let link = (hash.clone(), model::Moment(now().0 + SET_UP_LINK));
            async move { settings::keep_set_up(&tx, Some(link)).await }
        };
        self.store().write(keep).await?;
        Ok(Some(token))
    }

    /// Whether a set-up link works, for the page that it opens.
    pub async fn check_set_up_token(&self, token: &str) -> Result<(), Problem> {
        let store = self.store();
        let checked = store.read(async { check_link(settings::find(store.db()).await?, token) }).await;
        // Read afterwards: whoever set Posthouse up meanwhile used the link.
        if store.read(users::any(store.db())).await? {
            return Err(set_up_already());
        }
        checked
    }

    /// Registers the first person, once.
    pub async fn set_up(
        &self,
        client: &Client,
        token: &str,
        draft: &PasswordDraft,
        password: SecretString,
    ) -> Result<ProvenUser, Problem> {
        let done = self.register_first(client, token, draft, password).await;
        if let Err(problem) = &done {
            Event::from(&client.origin(), Action::SetUp).ended(problem.into()).record();
        }
        done
    }

    async fn register_first(
        &self,
        client: &Client,
        token: &str,
        draft: &PasswordDraft,
        password: SecretString,
    ) -> Result<ProvenUser, Problem> {
        // Before any work for a stranger.
        if self.store().read(users::any(self.store().db())).await? {
            return Err(set_up_already());
        }
        let StartedAttempt { counted, turn } = self.begin_attempt(&Attempt::SetUpLink { client }).await?;
        self.check_set_up_token(token).await?;
        self.end_attempt(&counted, AttemptEnd::Right).await;
        drop(turn);
        let email = draft.parse(password.expose_secret())?;
        let (hash, key) = (self.inner.passwords.hash(password).await?, random()?);
        let user = NewUser { email: &email, password_hash: &hash, session_key: &key };
        let (user, origin) = (&user, &client.origin());
        let register = move |tx: WriteTx| async move {
            // Two at once: the second one finds a person here.
            let settings = settings::lock(&tx).await?;
            if users::any(tx.db()).await? {
                return Err(set_up_already().into());
            }
            check_link(settings, token)?;
            settings::keep_set_up(&tx, None).await?;
            let actor = actor(users::insert(&tx, user, now()).await?, origin);
            tx.audit(Event::by(&actor, Action::SetUp).on(Resource::User(actor.id)));
            Ok(actor)
        };
        let actor = self.store().write(register).await?;
        // Whoever waits, or begins to.
        self.inner.set_up.notify_one();
        Ok(ProvenUser { actor, session_key: key.to_vec() })
    }

    /// Waits until the first administrator is registered here.
    pub async fn set_up_done(&self) {
        self.inner.set_up.notified().await;
    }

    /// Registers a person from the command line.
    pub async fn add_user(&self, email: &str, password: SecretString) -> Result<Actor, Problem> {
        let email = PasswordDraft { email: email.to_owned() }.parse(password.expose_secret())?;
        let (hash, key) = (self.inner.passwords.hash(password).await?, random()?);
        let user = NewUser { email: &email, password_hash: &hash, session_key: &key };
        failed_command(insert(self.store(), &user).await, Action::Create)
    }

    /// Who signs in. The same words and the same work, one hash, whether anybody has the address or not. A failure is
    /// recorded here; how it ended otherwise, by [`Self::audit_sign_in`].
    pub async fn sign_in(&self, client: &Client, email: &str, password: SecretString) -> Result<ProvenUser, Problem> {
        let proven = self.prove(client, email, password, Action::SignIn).await?;
        let wrong = || Problem::Forbidden("E-mail or password is wrong. Check both and try again.".to_owned());
        proven.ok_or_else(wrong)
    }

    /// Asks somebody who is signed in for the password once more, before a change that takes it. It is counted, and
    /// refused, as a try to sign in is: who took over a session can guess no more often than others.
    pub async fn confirm_password(
        &self,
        actor: &Actor,
        client: &Client,
        password: SecretString,
    ) -> Result<ProvenUser, Problem> {
        match self.prove(client, actor.email.as_str(), password, Action::ConfirmPassword).await? {
            Some(proven) if proven.actor.id == actor.id => Ok(proven),
            _ => Err(Problem::Forbidden("The password is wrong. Check it and try again.".to_owned())),
        }
    }

    /// The person with this address, if it is their password.
    async fn prove(
        &self,
        client: &Client,
        email: &str,
        password: SecretString,
        action: Action,
    ) -> Result<Option<ProvenUser>, Problem> {
        // Before it waits for anything: it is nobody's.
        let user = if is_too_long(password.expose_secret()) {
            None
        } else {
            self.store().read(users::find_by_email(self.store().db(), email)).await?
        };
        let proved = self.check_password(client, email, user.as_ref(), password).await;
        // An address that nobody has is not recorded: a password may have been typed in its place.
        let event = match &user {
            Some(user) => Event::by(&actor(user.clone(), &client.origin()), action),
            None => Event::from(&client.origin(), action),
        };
        let is_disabled = user.as_ref().is_some_and(|user| user.disabled_at.is_some());
        let event = if is_disabled { event.detail("disabled") } else { event };
        let is_proved = match &proved {
            Ok(is_right) => *is_right && !is_disabled,
            Err(_) => false,
        };
        // A sign-in is one once its session has begun: see [`Backend::audit_sign_in`].
        if !is_proved || action != Action::SignIn {
            event.ended(proved.as_ref().map_or_else(Outcome::from, |_| Outcome::of_success(is_proved))).record();
        }
        proved?;
        Ok(user.filter(|_| is_proved).map(|user| {
            let session_key = user.session_key.clone();
            ProvenUser { actor: actor(user, &client.origin()), session_key }
        }))
    }

    async fn check_password(
        &self,
        client: &Client,
        email: &str,
        user: Option<&Record>,
        password: SecretString,
    ) -> Result<bool, Problem> {
        if is_too_long(password.expose_secret()) {
            return Ok(false);
        }
        let attempt = Attempt::Password { client, email, user: user.map(|user| user.id) };
        let StartedAttempt { counted, turn } = self.begin_attempt(&attempt).await?;
        let hash = user.map(|user| user.password_hash.as_str());
        match self.inner.passwords.is_right(turn, password, hash).await {
            Ok(false) => Ok(false),
            Ok(true) => {
                self.end_attempt(&counted, AttemptEnd::Right).await;
                Ok(true)
            }
            Err(problem) => {
                self.end_attempt(&counted, AttemptEnd::NotChecked).await;
                Err(problem)
            }
        }
    }

    /// A person who may sign in, and asks from there, with the bytes that their sessions carry: they change with the
    /// password, and end older sessions.
    pub async fn find_user(&self, id: UserId, origin: &Origin) -> Result<Option<(Actor, Vec<u8>)>, Problem> {
        let user = self.store().read(users::find(self.store().db(), id)).await?;
        Ok(user.filter(|user| user.disabled_at.is_none()).map(|user| {
            let key = user.session_key.clone();
            (actor(user, origin), key)
        }))
    }

    /// How many password hashes were made since the start: each try to sign in makes one.
    pub fn password_hashes(&self) -> u64 {
        self.inner.passwords.hashes()
    }
}

async fn insert(store: &Store, user: &NewUser<'_>) -> Result<Actor, Problem> {
    let register = move |tx: WriteTx| async move {
        match users::insert(&tx, user, now()).await {
            Ok(user) => {
                tx.audit(manage::by_command(Action::Create, user.id));
                Ok(actor(user, &from_command()))
            }
            Err(StoreError::NotUnique(Unique::UserEmail)) => Err(registered_already(user.email).into()),
            Err(fault) => Err(fault),
        }
    };
    store.write(register).await
}

/// Whether nobody can have such a password. Its octets are looked at first: there are four in a character at most.
fn is_too_long(password: &str) -> bool {
    let most = *PASSWORD_CHARACTERS.end();
    password.len() > 4 * most || password.chars().count() > most
}

fn actor(user: Record, origin: &Origin) -> Actor {
    Actor { id: user.id, email: user.email, origin: origin.clone() }
}

fn registered_already(email: &EmailAddress) -> Problem {
    Problem::Refused(format!("{email} is registered already. Sign in with that address, or add another one."))
}

fn set_up_already() -> Problem {
    Problem::Forbidden("Posthouse is set up already. Sign in instead.".to_owned())
}

fn check_link(settings: settings::Record, token: &str) -> Result<(), StoreError> {
    let forbidden = |text: &str| Err(Problem::Forbidden(text.to_owned()).into());
    match (settings.set_up_hash, settings.set_up_expires_at) {
        (Some(hash), Some(expires_at)) if hash == token_hash(token) => {
            if now() < expires_at {
                Ok(())
            } else {
                forbidden("This link has ended: it works for 24 hours. Restart Posthouse for a new one.")
            }
        }
        _ => forbidden(
            "This link does not work. Use the newest one: in the terminal that Posthouse runs in, or in the file set-up-link \
             in its data folder. Or restart Posthouse for a new one.",
        ),
    }
}
