//! `posthouse user list, disable, enable, reset-password` and `sign-out`.

use std::process::Output;

use crate::on_both;
use crate::world::{EMAIL, PASSWORD, World, run, text};

on_both! {
    who_is_disabled_is_signed_out_at_once_and_stays_out
    a_new_password_from_the_command_line_ends_every_session
    the_last_one_who_may_sign_in_stays_also_when_two_are_disabled_at_once
}

const SECOND: &str = "second@nordhavn.example";
const REPORT: &str = "/settings/email/smtp";
const NEW: &str = "another long password";

fn user(world: &World, words: &[&str], typed: &str) -> Output {
    run(world.program(&[&["user"], words].concat()), typed)
}

/// What it says when it went well.
#[track_caller]
fn said(world: &World, words: &[&str], typed: &str) -> String {
    let output = user(world, words, typed);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{words:?}");
    text(&output.stdout)
}

/// The one line that it was refused with.
#[track_caller]
fn refused(world: &World, words: &[&str], typed: &str) -> String {
    let output = user(world, words, typed);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str(), said.lines().count()), (Some(2), "", 1), "{said}");
    said
}

fn who_is_disabled_is_signed_out_at_once_and_stays_out(world: &World) {
    let (server, visitor) = world.served();
    said(world, &["add", SECOND, "--password-stdin"], PASSWORD);
    let listed = said(world, &["list"], "");
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines.len(), &lines[0][..2]), (2, &[EMAIL, "enabled"][..]));
    assert_eq!(lines[1], [SECOND, "enabled", "never"]);
    assert!(lines[0][2].ends_with('Z') && lines[0][2].len() == 20, "{listed}");

    let second = server.sign_in_as(SECOND, PASSWORD);
    second.page(REPORT).expect_status(200);
    let words = said(world, &["disable", &SECOND.to_uppercase()], "");
    assert_eq!(words, format!("{SECOND} is disabled and signed out.\n"));
    second.page(REPORT).expect_status(303);
    second.call("load_preferences", &serde_json::json!({})).expect_status(401);
    let wrong = server.try_sign_in("nobody@nordhavn.example", PASSWORD).expect_status(403);
    assert_eq!(server.try_sign_in(SECOND, PASSWORD).expect_status(403).body, wrong.body, "the same words");
    assert!(said(world, &["list"], "").contains(&format!("{SECOND}\tdisabled\t")));
    said(world, &["disable", SECOND], "");
    visitor.page(REPORT).expect_status(200);

    assert_eq!(said(world, &["enable", SECOND], ""), format!("{SECOND} is enabled.\n"));
    second.page(REPORT).expect_status(303);
    server.sign_in_as(SECOND, PASSWORD).page(REPORT).expect_status(200);
}

fn a_new_password_from_the_command_line_ends_every_session(world: &World) {
    let (server, visitor) = world.served();
    let words = said(world, &["reset-password", EMAIL, "--password-stdin"], &format!("{NEW}\n"));
    assert_eq!(words, format!("{EMAIL} has a new password and is signed out.\n"));
    visitor.page(REPORT).expect_status(303);
    server.try_sign_in(EMAIL, PASSWORD).expect_status(403);
    server.sign_in_as(EMAIL, NEW).page(REPORT).expect_status(200);
    let short = refused(world, &["reset-password", EMAIL, "--password-stdin"], "short");
    assert!(short.contains("The password has 5 characters. Use 12 to 128."), "{short}");

    let others = [server.sign_in_as(EMAIL, NEW), server.sign_in_as(EMAIL, NEW)];
    assert_eq!(said(world, &["sign-out", EMAIL], ""), format!("{EMAIL} is signed out of 3 sessions.\n"));
    for visitor in others {
        visitor.page(REPORT).expect_status(303);
    }
    assert_eq!(said(world, &["sign-out", EMAIL], ""), format!("{EMAIL} was not signed in.\n"));
    server.sign_in_as(EMAIL, NEW);
}

#[test]
fn who_is_not_registered_is_named() {
    let world = World::sqlite();
    said(&world, &["add", EMAIL, "--password-stdin"], PASSWORD);
    for words in [["disable", SECOND], ["enable", SECOND], ["sign-out", SECOND]] {
        let said = refused(&world, &words, "");
        assert!(said.contains(&format!("Nobody is registered as {SECOND}. “posthouse user list” names everybody.")));
    }
    refused(&world, &["reset-password", SECOND, "--password-stdin"], PASSWORD);
}

fn the_last_one_who_may_sign_in_stays_also_when_two_are_disabled_at_once(world: &World) {
    for email in [EMAIL, SECOND] {
        said(world, &["add", email, "--password-stdin"], PASSWORD);
    }
    let both = std::thread::scope(|scope| {
        let begun = [EMAIL, SECOND].map(|email| scope.spawn(move || user(world, &["disable", email], "")));
        begun.map(|one| one.join().expect("it ends"))
    });
    let codes = both.each_ref().map(|output| output.status.code());
    assert!(codes == [Some(0), Some(2)] || codes == [Some(2), Some(0)], "{both:?}");
    let why = both.iter().map(|output| text(&output.stderr)).collect::<String>();
    assert!(why.contains("is the last administrator who can sign in. Add or enable another one first."), "{why}");
    assert_eq!(said(world, &["list"], "").matches("\tenabled\t").count(), 1);
}
