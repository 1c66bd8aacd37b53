//! What fails leaves an audit event too, and is not recorded as done.

use crate::audit::{events_of, serve};
use crate::world::{EMAIL, Kind, PASSWORD, World, sql};

#[test]
fn a_sign_in_without_a_session_is_a_failure() {
    let world = World::new(Kind::Postgres);
    let server = serve(&world);
    server.set_up();
    sql(&world.url(), "ALTER TABLE sessions RENAME TO gone");
    let answer = server.try_sign_in(EMAIL, PASSWORD);
    assert!(answer.status >= 500, "{}", answer.status);
    let found = events_of(&server, &answer, 1);
    let said: Vec<_> = found.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    assert_eq!(said, [("sign_in", "failure")]);
}
