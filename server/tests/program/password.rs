//! One's own password on its page: who may change it, and what ends with the old one.

use crate::installation::{EMAIL, Installation, PASSWORD};
use crate::on_both;

on_both! {
    ones_own_password_ends_every_other_session
}

const REPORT: &str = "/settings/email/smtp";
const NEW: &str = "another long password";

fn ones_own_password_ends_every_other_session(installation: &Installation) {
    let (server, mut visitor) = installation.served();
    let (other, before) = (server.sign_in(), visitor.clone());
    let page = "/settings/password";
    let answer = visitor.post_plainly("change_password", &[("current", PASSWORD), ("password", NEW)]);
    assert_eq!(answer.leads_to(), page);
    visitor.keep(&answer);
    let shown = visitor.page(page).expect_status(200).body;
    assert!(shown.contains("Your password is changed. You are signed out everywhere else."), "{shown}");
    for ended in [&other, &before] {
        ended.page(REPORT).expect_status(303);
    }
    server.try_sign_in(EMAIL, PASSWORD).expect_status(403);
    server.sign_in_as(EMAIL, NEW).page(REPORT).expect_status(200);
}

#[test]
fn a_password_is_changed_only_by_whom_knows_the_current_one() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let check = |current: &str, new: &str, messages: &[&str]| {
        let form = [("current", current), ("password", new)];
        let answer = visitor.post("change_password", &form).expect_status(422);
        let problem: model::Problem = answer.json();
        let errors = problem.field_errors().expect("each stands beside its field").0.clone();
        assert_eq!(errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>(), messages);
        assert_eq!(visitor.post_plainly("change_password", &form).leads_to(), "/settings/password");
        let page = visitor.page("/settings/password").expect_status(200).body;
        assert!(page.contains("<title>Error: Change password"), "{page}");
        for message in messages {
            assert!(page.contains(message), "{message}: {page}");
        }
        for typed in [current, new] {
            assert!(typed.is_empty() || !page.contains(&format!("\"{typed}\"")), "{page}");
        }
        assert!(!visitor.page("/settings/password").body.contains("role=\"alert\""), "it is shown once");
    };
    check("", "short", &["Enter your current password.", "The password has 5 characters. Use 12 to 128."]);
    check(PASSWORD, "", &["Enter a password of 12 to 128 characters."]);
    check("not the password", NEW, &["This is not your current password. Enter it again."]);
    server.sign_in_as(EMAIL, PASSWORD);
    // It is counted with those who try to sign in.
    let tried = || visitor.post("change_password", &[("current", "not the password"), ("password", NEW)]).status;
    assert!((0..40).map(|_| tried()).any(|status| status == 429), "there is an end of guessing");
    visitor.page(REPORT).expect_status(200);
}
