//! What fails leaves an audit event too, and is not recorded as done.

use crate::audit_events::{Event, events, events_of, serve};
use crate::installation::{DatabaseKind, EMAIL, Installation, PASSWORD, run, sql, text};

#[test]
fn a_sign_in_without_a_session_is_a_failure() {
    let installation = Installation::new(DatabaseKind::Postgres);
    let server = serve(&installation);
    server.set_up();
    sql(&installation.url(), "ALTER TABLE sessions RENAME TO gone");
    let answer = server.try_sign_in(EMAIL, PASSWORD);
    assert!(answer.status >= 500, "{}", answer.status);
    let found = events_of(&server, &answer, 1);
    let said: Vec<_> = found.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    assert_eq!(said, [("sign_in", "failure")]);
}

#[test]
fn commands_that_fail_are_recorded() {
    let installation = Installation::sqlite();
    drop(installation.served());
    let fails = |words: &[&str], typed: &str| {
        let mut program = installation.program(&[words, &["--log-format", "json"]].concat());
        program.env("RUST_LOG", "off");
        let output = run(program, typed);
        assert_ne!(output.status.code(), Some(0), "{words:?}");
        let said = |event: Event| format!("{} {}", event.action, event.outcome);
        events(&text(&output.stderr)).into_iter().map(said).collect::<Vec<_>>()
    };
    let backup = installation.folder.join("backup");
    let backup = backup.to_str().expect("the path is text");
    let made = run(installation.program(&["backup", backup]), "twelve letters or more");
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let stranger = "stranger@nordhavn.example";
    for (words, typed, expected) in [
        (&["restore", backup, "--replace"][..], "another passphrase", "restore_backup failure"),
        (&["backup", backup], "twelve letters or more", "backup failure"),
        (&["user", "add", EMAIL, "--password-stdin"], PASSWORD, "create failure"),
        (&["user", "disable", EMAIL], "", "disable failure"),
        (&["user", "enable", stranger], "", "enable failure"),
        (&["user", "sign-out", stranger], "", "sign_out failure"),
        (&["user", "reset-password", stranger, "--password-stdin"], PASSWORD, "reset_password failure"),
    ] {
        assert_eq!(fails(words, typed), [expected], "{words:?}");
    }
    std::fs::write(installation.data_dir().join("vault.key"), "no key").expect("it is written");
    for (words, expected) in [(["vault", "rotate"], "rotate_key failure"), (["vault", "check"], "check_vault failure")]
    {
        assert_eq!(fails(&words, ""), [expected], "{words:?}");
    }
}
