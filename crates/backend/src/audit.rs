//! The audit events that belong to no transaction of a use case.

use model::{Actor, Origin, Problem, SystemUser};
use store::audit::{Action, Event, Outcome, Resource};

use crate::Backend;

/// A command, and whom it runs as.
pub fn from_command() -> Origin {
    let sudo_uid = std::env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
    Origin::CommandLine { user: SystemUser { uid: rustix::process::getuid().as_raw(), sudo_uid } }
}

/// Records how a command ended.
pub fn ended_command<T, E>(done: Result<T, E>, event: Event) -> Result<T, E> {
    event.ended(Outcome::of_success(done.is_ok())).record();
    done
}

/// Records a command that failed; the transaction of one that succeeded does so by itself.
pub fn failed_command<T>(done: Result<T, Problem>, action: Action) -> Result<T, Problem> {
    if let Err(problem) = &done {
        Event::from(&from_command(), action).ended(problem.into()).record();
    }
    done
}

impl Backend {
    /// Records that a request was refused before, or in place of, a use case.
    pub fn audit_refusal(&self, origin: &Origin, actor: Option<&Actor>, path: &str, status: u16) {
        let event = match actor {
            Some(actor) => Event::by(actor, Action::Request),
            None => Event::from(origin, Action::Request),
        };
        let outcome = if status == 429 { Outcome::Throttled } else { Outcome::Refused };
        event.on(Resource::Path(path.to_owned())).ended(outcome).detail(status).record();
    }

    /// Records that somebody who proved who they are signed in, or got no session.
    pub fn audit_sign_in(&self, actor: &Actor, session: &Result<(), Problem>) {
        let outcome = session.as_ref().map_or_else(Outcome::from, |()| Outcome::Success);
        Event::by(actor, Action::SignIn).ended(outcome).record();
    }

    /// Records that somebody signed out.
    pub fn audit_sign_out(&self, actor: &Actor) {
        Event::by(actor, Action::SignOut).record();
    }
}
