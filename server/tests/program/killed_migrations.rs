//! Killed in the middle of bringing the database up to date: the next start goes on where it ended.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::killed::Random;
use crate::on_both;
use crate::world::{World, run, text};

on_both! {
    a_migration_that_is_killed_is_resumed
}

fn a_migration_that_is_killed_is_resumed(world: &World) {
    let rounds = std::env::var("POSTHOUSE_TORTURE_ROUNDS").map_or(6, |rounds| rounds.parse().expect("a number"));
    let rounds: u32 = std::cmp::min(rounds, 200);
    // How long one takes that nobody kills, on a database of its own.
    let begun = Instant::now();
    let whole = World::new(world.kind());
    assert!(run(whole.program(&["migrate"]), "").status.success());
    let whole = u64::try_from(begun.elapsed().as_micros()).expect("less than a day");
    let mut random = Random(0x5eed_1234_5678_9abc);
    let mut killed = 0;
    for round in 0..rounds {
        let world = World::new(world.kind());
        let mut program = world.program(&["migrate"]);
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = program.spawn().expect("the program starts");
        std::thread::sleep(Duration::from_micros(random.next() % whole));
        if child.try_wait().expect("it can be waited for").is_none() {
            killed += 1;
        }
        let _ended = child.kill();
        child.wait().expect("it was started here");
        let again = run(world.program(&["migrate"]), "");
        assert!(again.status.success(), "round {round}: {}", text(&again.stderr));
        let (_server, visitor) = world.served();
        visitor.page("/settings/email/smtp").expect_status(200);
    }
    println!("{killed} of {rounds} were killed before their end");
}
