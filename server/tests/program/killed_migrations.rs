//! Killed in the middle of bringing the database up to date: the next start goes on where it ended.

use std::time::Instant;

use crate::installation::{Installation, run, text};
use crate::killed::{Random, kill_after, rounds};
use crate::on_both;

on_both! {
    a_migration_that_is_killed_is_resumed
}

fn a_migration_that_is_killed_is_resumed(installation: &Installation) {
    let rounds = rounds(6, 200);
    // How long one takes that nobody kills, on a database of its own.
    let begun = Instant::now();
    let whole = Installation::new(installation.kind());
    assert!(run(whole.program(&["migrate"]), "").status.success());
    let mut whole = begun.elapsed();
    let mut random = Random::seeded();
    println!("{rounds} rounds from seed {}; a migration takes {whole:?}", random.0);
    let mut killed = 0;
    for round in 0..rounds {
        let installation = Installation::new(installation.kind());
        match kill_after(installation.program(&["migrate"]), random.below(whole)) {
            Some(took) => whole = took,
            None => killed += 1,
        }
        let again = run(installation.program(&["migrate"]), "");
        assert!(again.status.success(), "round {round}: {}", text(&again.stderr));
        let (_server, visitor) = installation.served();
        visitor.page("/settings/email/smtp").expect_status(200);
    }
    println!("{killed} of {rounds} were killed before their end");
}
