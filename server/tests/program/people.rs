//! `posthouse user list, disable, enable, reset-password` and `sign-out`.

use std::process::Output;

use crate::installation::{EMAIL, Installation, PASSWORD, run, text};
use crate::on_both;

on_both! {
    who_is_disabled_is_signed_out_at_once_and_stays_out
    a_new_password_from_the_command_line_ends_every_session
    the_last_one_who_may_sign_in_stays_also_when_two_are_disabled_at_once
}

const SECOND: &str = "second@nordhavn.example";
const REPORT: &str = "/settings/email/smtp";
const NEW: &str = "another long password";

fn user(installation: &Installation, words: &[&str], typed: &str) -> Output {
    run(installation.program(&[&["user"], words].concat()), typed)
}

/// What it says when it went well.
#[track_caller]
fn said(installation: &Installation, words: &[&str], typed: &str) -> String {
    let output = user(installation, words, typed);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{words:?}");
    text(&output.stdout)
}

/// The one line that it was refused with.
#[track_caller]
fn refused(installation: &Installation, words: &[&str], typed: &str) -> String {
    let output = user(installation, words, typed);
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str(), said.lines().count()), (Some(2), "", 1), "{said}");
    said
}

fn who_is_disabled_is_signed_out_at_once_and_stays_out(installation: &Installation) {
    let (server, visitor) = installation.served();
    said(installation, &["add", SECOND, "--password-stdin"], PASSWORD);
    let listed = said(installation, &["list"], "");
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines.len(), &lines[0][..2]), (2, &[EMAIL, "enabled"][..]));
    assert_eq!(lines[1], [SECOND, "enabled", "never"]);
    assert!(lines[0][2].ends_with('Z') && lines[0][2].len() == 20, "{listed}");

    let second = server.sign_in_as(SECOND, PASSWORD);
    second.page(REPORT).expect_status(200);
    let words = said(installation, &["disable", &SECOND.to_uppercase()], "");
    assert_eq!(words, format!("{SECOND} is disabled and signed out.\n"));
    second.page(REPORT).expect_status(303);
    second.call("load_preferences", &serde_json::json!({})).expect_status(401);
    let wrong = server.try_sign_in("nobody@nordhavn.example", PASSWORD).expect_status(403);
    assert_eq!(server.try_sign_in(SECOND, PASSWORD).expect_status(403).body, wrong.body, "the same words");
    assert!(said(installation, &["list"], "").contains(&format!("{SECOND}\tdisabled\t")));
    said(installation, &["disable", SECOND], "");
    visitor.page(REPORT).expect_status(200);

    assert_eq!(said(installation, &["enable", SECOND], ""), format!("{SECOND} is enabled.\n"));
    second.page(REPORT).expect_status(303);
    server.sign_in_as(SECOND, PASSWORD).page(REPORT).expect_status(200);
}

fn a_new_password_from_the_command_line_ends_every_session(installation: &Installation) {
    let (server, visitor) = installation.served();
    let words = said(installation, &["reset-password", EMAIL, "--password-stdin"], &format!("{NEW}\n"));
    assert_eq!(words, format!("{EMAIL} has a new password and is signed out.\n"));
    visitor.page(REPORT).expect_status(303);
    server.try_sign_in(EMAIL, PASSWORD).expect_status(403);
    server.sign_in_as(EMAIL, NEW).page(REPORT).expect_status(200);
    let short = refused(installation, &["reset-password", EMAIL, "--password-stdin"], "short");
    assert!(short.contains("The password has 5 characters. Use 12 to 128."), "{short}");

    let others = [server.sign_in_as(EMAIL, NEW), server.sign_in_as(EMAIL, NEW)];
    assert_eq!(said(installation, &["sign-out", EMAIL], ""), format!("{EMAIL} is signed out of 3 sessions.\n"));
    for visitor in others {
        visitor.page(REPORT).expect_status(303);
    }
    assert_eq!(said(installation, &["sign-out", EMAIL], ""), format!("{EMAIL} was not signed in.\n"));
    server.sign_in_as(EMAIL, NEW);
}

#[test]
fn who_is_not_registered_is_named() {
    let installation = Installation::sqlite();
    said(&installation, &["add", EMAIL, "--password-stdin"], PASSWORD);
    for words in [["disable", SECOND], ["enable", SECOND], ["sign-out", SECOND]] {
        let said = refused(&installation, &words, "");
        assert!(said.contains(&format!("Nobody is registered as {SECOND}. “posthouse user list” names everybody.")));
    }
    refused(&installation, &["reset-password", SECOND, "--password-stdin"], PASSWORD);
}

fn the_last_one_who_may_sign_in_stays_also_when_two_are_disabled_at_once(installation: &Installation) {
    for email in [EMAIL, SECOND] {
        said(installation, &["add", email, "--password-stdin"], PASSWORD);
    }
    let both = std::thread::scope(|scope| {
        let begun = [EMAIL, SECOND].map(|email| scope.spawn(move || user(installation, &["disable", email], "")));
        begun.map(|one| one.join().expect("it ends"))
    });
    let codes = both.each_ref().map(|output| output.status.code());
    assert!(codes == [Some(0), Some(2)] || codes == [Some(2), Some(0)], "{both:?}");
    let why = both.iter().map(|output| text(&output.stderr)).collect::<String>();
    assert!(why.contains("is the last administrator who can sign in. Add or enable another one first."), "{why}");
    assert_eq!(said(installation, &["list"], "").matches("\tenabled\t").count(), 1);
}
