//! The audit events that belong to no transaction of a use case.

use model::{Actor, Origin, Problem};
use store::audit::{Action, Event, Outcome, Resource};

use crate::Backend;

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
    pub fn audit_sign_in(&self, actor: &Actor, begun: &Result<(), Problem>) {
        let outcome = begun.as_ref().map_or_else(Outcome::from, |()| Outcome::Success);
        Event::by(actor, Action::SignIn).ended(outcome).record();
    }

    /// Records that somebody signed out.
    pub fn audit_sign_out(&self, actor: &Actor) {
        Event::by(actor, Action::SignOut).record();
    }
}
