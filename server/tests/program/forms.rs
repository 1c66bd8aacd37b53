//! Forms without WebAssembly: refused, they come back with what was typed and why, but never with a password.

use crate::http::{Visitor, in_html};
use crate::installation::{EMAIL, Installation, draft, edit_account, new_account, with};

/// Posts a form that is refused, follows it back, and gives that page; loaded again, the page begins anew.
fn refused(visitor: &Visitor, function: &str, form: &[(String, String)], page: &str) -> String {
    let answer = visitor.post_plainly(function, form);
    assert_eq!(answer.leads_to(), page);
    let mut visitor = visitor.clone();
    visitor.keep(&answer);
    let shown = visitor.page(page).expect_status(200);
    assert!(shown.body.contains("role=\"alert\""), "the page says so: {page}");
    visitor.keep(&shown);
    let again = visitor.page(page).expect_status(200).body;
    assert!(!again.contains("role=\"alert\""), "a refusal is shown once: {page}");
    shown.body
}

/// The page's title says first that something is wrong.
#[track_caller]
fn titled(page: &str) {
    assert!(page.contains("<title>Error: "), "{page}");
}

/// What a form's control holds.
fn holds(page: &str, name: &str, value: &str) -> bool {
    let value = value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    let mut tags = page.split('<').filter(|tag| tag.contains(&format!("name=\"{name}\"")));
    tags.any(|tag| {
        if tag.starts_with("textarea") {
            tag.split_once('>').is_some_and(|(_, text)| text.replace('>', "&gt;") == value)
        } else {
            tag.contains(&format!("value=\"{value}\""))
        }
    })
}

fn pairs(form: &[(&str, &str)]) -> Vec<(String, String)> {
    with(&[], form)
}

#[test]
fn an_account_that_is_refused_keeps_every_answer() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let list = ("list", "sender=ops&page=2");
    let typed = [
        ("draft[name]", "\"Quoted\" & <b>bold</b> Прив"),
        ("draft[sender]", "no address"),
        ("draft[port]", "99999"),
        ("draft[enabled]", "No"),
        ("draft[force_settings]", "Yes"),
        ("draft[read_receipt]", "Yes"),
        ("draft[footer]", "Yes"),
        ("draft[tls_type]", "SSL"),
        ("draft[ignore_certificate]", "Yes"),
    ];
    let form = with(&new_account("x"), &[&typed[..], &[list]].concat());
    let page = refused(&visitor, "save_account", &form, "/settings/email/smtp/new?sender=ops&page=2");
    for (name, value) in draft("x").iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(typed) {
        let typed = typed.iter().find(|(other, _)| *other == name).map_or(value, |(_, typed)| typed);
        match typed {
            "Yes" | "No" | "SSL" => {
                let tag = page.split('<').find(|tag| {
                    tag.contains(&format!("name=\"{name}\"")) && tag.contains(&format!("value=\"{typed}\""))
                });
                assert!(tag.is_some_and(|tag| tag.contains("checked")), "{name} {typed}: {tag:?}");
            }
            typed => assert!(holds(&page, name, typed), "{name} holds {typed}: {page}"),
        }
    }
    titled(&page);
    assert!(page.contains("Not saved: two answers need a change"), "{page}");
    assert!(page.contains("id=\"sender-e\"") && page.contains("id=\"port-e\""), "the messages stand beside the fields");
}

#[test]
fn a_stale_form_shows_both_sides() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    visitor.post("save_account", &new_account("One")).expect_status(200);
    visitor.post("save_account", &edit_account(1, 1, "Theirs")).expect_status(200);
    let form = edit_account(1, 1, "Mine");
    let page = refused(&visitor, "save_account", &form, "/settings/email/smtp/1/edit");
    assert!(holds(&page, "draft[name]", "Mine") && page.contains("Theirs") && page.contains(EMAIL), "{page}");
}

#[test]
fn a_form_that_was_refused_for_something_else_replaces_nothing_unseen() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let page = "/settings/email/smtp/1/edit";
    visitor.post("save_account", &new_account("One")).expect_status(200);
    visitor.post("save_account", &edit_account(1, 1, "Theirs")).expect_status(200);
    // The address is looked at before the version.
    let wrong = with(&edit_account(1, 1, "Mine"), &[("draft[sender]", "no address")]);
    let shown = refused(&visitor, "save_account", &wrong, page);
    assert!(holds(&shown, "version", "1"), "it is still the form of version 1: {shown}");
    let shown = refused(&visitor, "save_account", &edit_account(1, 1, "Mine"), page);
    assert!(shown.contains("Theirs") && holds(&shown, "version", "2"), "now they are told: {shown}");
    visitor.post("save_account", &edit_account(1, 2, "Mine")).expect_status(200);
    // The same where a record is registered from within the form.
    let waiting = with(&edit_account(1, 2, "Mine"), &[("missing", "Connector")]);
    visitor.post("save_account", &edit_account(1, 3, "Theirs")).expect_status(200);
    let begun = visitor.post_plainly("begin_registration", &waiting);
    let mut visitor = visitor.clone();
    visitor.keep(&begun);
    let shown = visitor.page(page).expect_status(200).body;
    assert!(holds(&shown, "version", "2") && holds(&shown, "draft[name]", "Mine"), "{shown}");
}

#[test]
fn a_stale_page_shows_both_sides_and_is_saved_by_the_next_press() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    for (function, page, field) in [
        ("save_footer", "/settings/email/footer", "draft[text]"),
        ("save_networks", "/settings/email/networks", "draft[closed]"),
    ] {
        let form = |answer: &str, version: &str| pairs(&[(field, answer), ("draft[version]", version)]);
        visitor.post(function, &form("192.0.2.1", "0")).expect_status(200);
        let shown = refused(&visitor, function, &form("192.0.2.2", "0"), page);
        titled(&shown);
        assert!(shown.contains("<td>192.0.2.1") && shown.contains("<td>192.0.2.2") && shown.contains(EMAIL), "{shown}");
        assert!(holds(&shown, field, "192.0.2.2") && holds(&shown, "draft[version]", "1"), "{shown}");
        visitor.post(function, &form("192.0.2.2", "1")).expect_status(200);
    }
}

#[test]
fn a_saved_form_leads_to_the_list_and_says_so_once() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let answer = visitor.post_plainly("save_account", &with(&new_account("A & B"), &[("list", "name=a")]));
    let list = "/settings/email/smtp?name=a";
    assert_eq!(answer.leads_to(), list);
    let words = in_html("“A & B” is saved. It is the default.");
    assert!(visitor.page(list).body.contains(&words));
    assert!(!visitor.page(list).body.contains(&words));
}

#[test]
fn the_other_forms_come_back_as_well() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    visitor.post("save_account", &new_account("One")).expect_status(200);
    visitor.post("save_account", &new_account("Two")).expect_status(200);

    let test = pairs(&[
        ("account", "1"),
        ("draft[recipient]", "nobody"),
        ("draft[subject]", "Sübject <1>"),
        ("draft[message]", "Line one\nLine </textarea><two>"),
        ("list", "name=o"),
    ]);
    let page = refused(&visitor, "send_test", &test, "/settings/email/smtp/1/test?name=o");
    titled(&page);
    for (name, value) in
        [("recipient", "nobody"), ("subject", "Sübject <1>"), ("message", "Line one\nLine </textarea><two>")]
    {
        assert!(holds(&page, &format!("draft[{name}]"), value), "{name}: {page}");
    }

    let long = "x".repeat(10_001);
    let footer = pairs(&[("draft[text]", &long), ("draft[html]", "<p>Kept</p>"), ("draft[version]", "0")]);
    let page = refused(&visitor, "save_footer", &footer, "/settings/email/footer");
    titled(&page);
    assert!(holds(&page, "draft[text]", &long) && holds(&page, "draft[html]", "<p>Kept</p>"), "{page}");

    // The default is not deleted: the form says why.
    let answer = visitor.post_plainly("delete_account", &[("id", "1"), ("list", "name=o")]);
    assert_eq!(answer.leads_to(), "/settings/email/smtp/1/edit?name=o");
    assert!(visitor.page("/settings/email/smtp/1/edit?name=o").body.contains("Make another account the default first"));

    // Brought back into a name that was taken meanwhile.
    let answer = visitor.post_plainly("delete_account", &[("id", "2"), ("list", "")]);
    assert_eq!(answer.leads_to(), "/settings/email/smtp");
    assert!(visitor.page("/settings/email/smtp").body.contains("“Two” is deleted."));
    visitor.post("save_account", &new_account("two")).expect_status(200);
    let restore = pairs(&[("id", "2"), ("name", "TWO"), ("list", "")]);
    let page = refused(&visitor, "restore_account", &restore, "/settings/email/smtp/2/restore");
    titled(&page);
    assert!(holds(&page, "name", "TWO") && page.contains("exists already"), "{page}");
    let back = visitor.post_plainly("restore_account", &[("id", "2"), ("name", "Two again"), ("list", "")]);
    assert_eq!(back.leads_to(), "/settings/email/smtp");
    assert!(visitor.page("/settings/email/smtp").body.contains("“Two again” is back."));
}

#[test]
fn a_deleted_record_comes_back_by_a_plain_form() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let connector = [("form", "New"), ("draft[name]", "Way out"), ("draft[host]", "10.0.0.1")];
    visitor.post("save_connector", &connector).expect_status(200);
    let answer = visitor.post_plainly("delete_connector", &[("id", "1"), ("list", "name=way")]);
    assert_eq!(answer.leads_to(), "/settings/email/connectors?name=way");
    let page = visitor.page("/settings/email/connectors?name=way").body;
    for part in ["“Way out” is deleted.", "/api/restore_record", "Undo", "name=\"kind\" value=\"connector\""] {
        assert!(page.contains(part), "{part} is not in: {page}");
    }
    visitor.page("/settings/email/connectors/1/edit").expect_status(404);
    // Its name was free at once, and is taken now.
    visitor.post("save_connector", &connector).expect_status(200);
    let undo = pairs(&[("kind", "connector"), ("id", "1"), ("list", "")]);
    let form = "/settings/email/restore/connector/1";
    let page = refused(&visitor, "restore_record", &undo, form);
    titled(&page);
    assert!(holds(&page, "name", "Way out") && page.contains("exists already"), "{page}");
    let back = visitor.post_plainly("restore_record", &with(&undo, &[("name", "Way out again")]));
    assert_eq!(back.leads_to(), "/settings/email/connectors");
    assert!(visitor.page("/settings/email/connectors").body.contains("“Way out again” is back."));
    visitor.page("/settings/email/connectors/1/edit").expect_status(200);
    // What is not deleted, or is nothing, is not brought back.
    assert_eq!(visitor.page(form).status, 409);
    for form in ["connector/99", "credential/1", "account/1", "nothing/1", "view/x"] {
        visitor.page(&format!("/settings/email/restore/{form}")).expect_status(404);
    }
}

#[test]
fn a_refused_sign_in_keeps_the_address_and_the_way_on() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    let next = "/settings/email/smtp?name=a&page=2";
    let page = "/sign-in?next=%2Fsettings%2Femail%2Fsmtp%3Fname%3Da%26page%3D2";
    let form = pairs(&[("email", "Ops <x>"), ("password", "hidden-canary"), ("next", next)]);
    let shown = refused(&server.visitor(), "sign_in", &form, page);
    titled(&shown);
    assert!(holds(&shown, "email", "Ops <x>") && holds(&shown, "next", next), "{shown}");
    assert!(shown.contains("E-mail or password is wrong.") && !shown.contains("canary"), "{shown}");
    let right = [("email", EMAIL), ("password", crate::installation::PASSWORD), ("next", next)];
    assert_eq!(server.visitor().post_plainly("sign_in", &right).leads_to(), next);
    for foreign in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let form = [("email", EMAIL), ("password", crate::installation::PASSWORD), ("next", foreign)];
        assert_eq!(server.visitor().post_plainly("sign_in", &form).leads_to(), "/settings/email/smtp");
    }
}

#[test]
fn a_refused_set_up_keeps_the_address_and_the_link() {
    let installation = Installation::sqlite();
    let server = installation.serve();
    let token = server.token();
    let page = format!("/set-up?token={token}");
    let form = pairs(&[("token", &token), ("email", "ops@nordhavn.example"), ("password", "canary-pass")]);
    let shown = refused(&server.visitor(), "set_up", &form, &page);
    titled(&shown);
    assert!(holds(&shown, "email", EMAIL) && holds(&shown, "token", &token), "{shown}");
    assert!(shown.contains("The password has 11 characters.") && !shown.contains("canary"), "{shown}");
    let form = [("token", token.as_str()), ("email", EMAIL), ("password", crate::installation::PASSWORD)];
    let answer = server.visitor().post_plainly("set_up", &form);
    assert_eq!(answer.leads_to(), "/settings/email/smtp");
    let mut visitor = server.visitor();
    visitor.keep(&answer);
    assert!(visitor.page("/settings/email/smtp").body.contains("You are the first administrator."));
}
