//! People: the set-up link, registering, signing in.

use model::{Actor, EmailAddress, PASSWORD_CHARACTERS, PasswordDraft, Problem, UserId};
use secrecy::{ExposeSecret, SecretString};

use crate::client::Client;
use crate::clock::{DAY, now};
use crate::hex::hex;
use crate::login_throttle::{Attempt, Begun, End};
use crate::password::{random, token_hash};
use crate::store::users::{NewUser, Record};
use crate::store::{Fault, Unique, Write, settings, users};
use crate::{Backend, store::Store};

mod manage;
mod password;

pub use manage::ListedUser;

/// How long a set-up link works.
const SET_UP_LINK: i64 = DAY;

impl Backend {
    /// A new token for the one-time set-up link, if nobody is registered yet; an older one ends with it. It works for
    /// 24
    /// hours, and only its hash is kept.
    pub async fn set_up_token(&self) -> Result<Option<String>, Problem> {
        if self.store().read(users::any(self.store().db())).await? {
            return Ok(None);
        }
        let token = hex(&random()?);
        let hash = token_hash(&token);
        let keep = |tx: Write| {
            let link = (hash.clone(), model::Moment(now().0 + SET_UP_LINK));
            async move {
                settings::keep_set_up(&tx, Some(link)).await?;
                Ok((tx, ()))
            }
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
    ) -> Result<Actor, Problem> {
        // Before any work for a stranger.
        if self.store().read(users::any(self.store().db())).await? {
            return Err(set_up_already());
        }
        let Begun { counted, turn } = self.begin_attempt(&Attempt::SetUpLink { client }).await?;
        self.check_set_up_token(token).await?;
        self.end_attempt(&counted, End::Right).await;
        drop(turn);
        let email = draft.parse(password.expose_secret())?;
        let (hash, key) = (self.inner.passwords.hash(password).await?, random()?);
        let user = NewUser { email: &email, password_hash: &hash, session_key: &key };
        let user = &user;
        let register = move |tx: Write| async move {
            // Two at once: the second one finds a person here.
            let settings = settings::lock(&tx).await?;
            if users::any(tx.db()).await? {
                return Err(set_up_already().into());
            }
            check_link(settings, token)?;
            settings::keep_set_up(&tx, None).await?;
            let user = users::insert(&tx, user, now()).await?;
            Ok((tx, actor(user)))
        };
        let actor = self.store().write(register).await?;
        // Whoever waits, or begins to.
        self.inner.set_up.notify_one();
        tracing::info!(user = actor.id.0, "set up with the first administrator");
        Ok(actor)
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
        insert(self.store(), &user).await
    }

    /// Who signs in. The same words and the same work, one hash, whether anybody has the address or not.
    pub async fn sign_in(&self, client: &Client, email: &str, password: SecretString) -> Result<Actor, Problem> {
        let user = self.prove(client, email, password).await?;
        let wrong = || Problem::Forbidden("E-mail or password is wrong. Check both and try again.".to_owned());
        user.map(actor).ok_or_else(wrong)
    }

    /// Asks somebody who is signed in for the password once more, before a change that takes it. It is counted, and
    /// refused, as a try to sign in is: who took over a session can guess no more often than others.
    pub async fn confirm_password(
        &self,
        actor: &Actor,
        client: &Client,
        password: SecretString,
    ) -> Result<(), Problem> {
        match self.prove(client, actor.email.as_str(), password).await? {
            Some(user) if user.id == actor.id => Ok(()),
            _ => Err(Problem::Forbidden("The password is wrong. Check it and try again.".to_owned())),
        }
    }

    /// The person with this address, if it is their password.
    async fn prove(&self, client: &Client, email: &str, password: SecretString) -> Result<Option<Record>, Problem> {
        // Before it waits for anything: it is nobody's.
        if is_too_long(password.expose_secret()) {
            return Ok(None);
        }
        let user = self.store().read(users::find_by_email(self.store().db(), email)).await?;
        let attempt = Attempt::Password { client, email, user: user.as_ref().map(|user| user.id) };
        let Begun { counted, turn } = self.begin_attempt(&attempt).await?;
        let hash = user.as_ref().map(|user| user.password_hash.as_str());
        match self.inner.passwords.is_right(turn, password, hash).await {
            Ok(false) => Ok(None),
            Ok(true) => {
                self.end_attempt(&counted, End::Right).await;
                Ok(user.filter(|user| user.disabled_at.is_none()))
            }
            Err(problem) => {
                self.end_attempt(&counted, End::NotLookedAt).await;
                Err(problem)
            }
        }
    }

    /// A person who may sign in, with the bytes that their sessions carry: they change with the password, and end older
    /// sessions.
    pub async fn find_user(&self, id: UserId) -> Result<Option<(Actor, Vec<u8>)>, Problem> {
        let user = self.store().read(users::find(self.store().db(), id)).await?;
        Ok(user.filter(|user| user.disabled_at.is_none()).map(|user| {
            let key = user.session_key.clone();
            (actor(user), key)
        }))
    }

    /// How many password hashes were made since the start: each try to sign in makes one.
    pub fn password_hashes(&self) -> u64 {
        self.inner.passwords.hashes()
    }
}

async fn insert(store: &Store, user: &NewUser<'_>) -> Result<Actor, Problem> {
    let register = move |tx: Write| async move {
        match users::insert(&tx, user, now()).await {
            Ok(user) => Ok((tx, actor(user))),
            Err(Fault::Taken(Unique::UserEmail)) => Err(registered_already(user.email).into()),
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

fn actor(user: Record) -> Actor {
    Actor { id: user.id, email: user.email }
}

fn registered_already(email: &EmailAddress) -> Problem {
    Problem::Refused(format!("{email} is registered already. Sign in with that address, or add another one."))
}

fn set_up_already() -> Problem {
    Problem::Forbidden("Posthouse is set up already. Sign in instead.".to_owned())
}

fn check_link(settings: settings::Record, token: &str) -> Result<(), Fault> {
    let forbidden = |text: &str| Err(Problem::Forbidden(text.to_owned()).into());
    match (settings.set_up_hash, settings.set_up_expires_at) {
        (Some(hash), Some(expires_at)) if hash == token_hash(token) => match now() < expires_at {
            true => Ok(()),
            false => forbidden("This link has ended: it works for 24 hours. Restart Posthouse for a new one."),
        },
        _ => forbidden(
            "This link does not work. Use the newest one in Posthouse's log, or restart Posthouse for a new one.",
        ),
    }
}
