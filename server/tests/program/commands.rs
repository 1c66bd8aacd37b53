//! `posthouse --version`, `migrate` and `user add`.

use std::process::Output;

use crate::installation::{EMAIL, Installation, PASSWORD, run, text};
use crate::on_both;

on_both! {
    migrate_makes_the_tables_and_may_be_repeated
    a_person_is_added_while_the_server_runs
}

fn add(installation: &Installation, email: &str, typed: &str) -> Output {
    run(installation.program(&["user", "add", email, "--password-stdin"]), typed)
}

/// The one line that it was refused with.
fn refused(output: Output) -> String {
    let said = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{said}");
    assert_eq!((said.lines().count(), said.starts_with("posthouse: ")), (1, true), "{said}");
    said
}

#[test]
fn the_version_is_one_line() {
    let installation = Installation::sqlite();
    for words in [["--version"], ["-V"]] {
        let output = run(crate::installation::bare(&installation.folder, &words), "");
        let wanted = format!("posthouse {}\n", env!("CARGO_PKG_VERSION"));
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), wanted));
    }
}

fn migrate_makes_the_tables_and_may_be_repeated(installation: &Installation) {
    for _ in 0..2 {
        let output = run(installation.program(&["migrate"]), "");
        let said = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert_eq!(said, (Some(0), "The database is up to date.\n".to_owned(), String::new()));
    }
    assert_eq!(add(installation, EMAIL, PASSWORD).status.code(), Some(0));
    assert_eq!(run(installation.program(&["migrate"]), "").status.code(), Some(0));
    let server = installation.serve();
    assert_eq!(server.try_sign_in(EMAIL, PASSWORD).status, 200, "what was there is there still");
}

fn a_person_is_added_while_the_server_runs(installation: &Installation) {
    let server = installation.serve();
    let answer = server.try_sign_in("second@nordhavn.example", PASSWORD);
    assert_eq!(answer.status, 403, "nobody is registered");
    let output = add(installation, "second@nordhavn.example", &format!("{PASSWORD}\n"));
    let said = (output.status.code(), text(&output.stdout), text(&output.stderr));
    assert_eq!(said, (Some(0), "second@nordhavn.example is an administrator now.\n".to_owned(), String::new()));
    assert_eq!(server.try_sign_in("second@nordhavn.example", PASSWORD).status, 200);
    // Somebody is registered now: the link that was printed is worth nothing any more.
    let form = [("token", server.token()), ("email", EMAIL.to_owned()), ("password", PASSWORD.to_owned())];
    assert_eq!(server.visitor().post("set_up", &form).status, 403);
    drop(server);
    let again = installation.serve();
    assert!(!again.announced.contains("/set-up"), "{}", again.announced);
}

#[test]
fn an_address_is_registered_once_whatever_its_case() {
    let installation = Installation::sqlite();
    assert_eq!(add(&installation, EMAIL, PASSWORD).status.code(), Some(0));
    for email in [EMAIL, &EMAIL.to_uppercase()] {
        let said = refused(add(&installation, email, "another long password"));
        assert!(said.contains("is registered already"), "{said}");
    }
    let server = installation.serve();
    assert_eq!(server.try_sign_in(EMAIL, PASSWORD).status, 200, "the password is the first one");
    assert_eq!(server.try_sign_in(EMAIL, "another long password").status, 403);
}

#[test]
fn a_password_has_12_to_128_characters() {
    let installation = Installation::sqlite();
    let check = |typed: &str, message: Option<&str>| {
        let output = add(&installation, &format!("{}@nordhavn.example", typed.len()), typed);
        match message {
            None => assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr)),
            Some(message) => {
                let said = refused(output);
                assert!(said.contains(message) && (typed.trim().is_empty() || !said.contains(typed.trim())), "{said}");
            }
        }
    };
    check("", Some("Enter a password of 12 to 128 characters."));
    check("\n", Some("Enter a password of 12 to 128 characters."));
    check("elevenchars\r\n", Some("The password has 11 characters. Use 12 to 128."));
    check("twelve chars", None);
    check(&"ü".repeat(128), None);
    check(&"x".repeat(129), Some("The password has 129 characters. Use at most 128."));
    check(&"x".repeat(100_000), Some("Use at most 128."));
}

#[test]
fn a_line_ends_a_password_and_blanks_belong_to_it() {
    let installation = Installation::sqlite();
    assert_eq!(add(&installation, EMAIL, " blanks around it \r\n").status.code(), Some(0));
    let server = installation.serve();
    assert_eq!(server.try_sign_in(EMAIL, " blanks around it ").status, 200);
    assert_eq!(server.try_sign_in(EMAIL, "blanks around it").status, 403);
}

#[test]
fn an_address_that_is_none_is_refused() {
    let installation = Installation::sqlite();
    for email in ["nobody", "a b@nordhavn.example", "x@y@nordhavn.example", "Ops <ops@nordhavn.example>"] {
        refused(add(&installation, email, PASSWORD));
    }
    let output = run(installation.program(&["user", "add", EMAIL]), PASSWORD);
    assert_eq!(output.status.code(), Some(2), "a password never stands on the command line, nor is it asked for");
    assert!(text(&output.stderr).contains("--password-stdin"));
}
