//! The page that is printed, as a browser gets it.

use crate::http::{HTML, JSON, answered};
use crate::installation::{EMAIL, Installation, new_account};

const PRINT: &str = "/settings/email/smtp/print";

#[test]
fn it_shows_what_was_typed_as_text() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    for name in ["<script>alert(1)</script>", "\"><img src=x>", "Plain & simple"] {
        visitor.post("save_account", &new_account(name)).expect_status(200);
    }
    let page = visitor.page(&format!("{PRINT}?columns=id,name&sort=-id")).expect_status(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                  form-action 'none'; frame-ancestors 'none'";
    assert_eq!(page.header("content-security-policy"), Some(policy));
    let (head, rows) = page.body.split_once("<tbody>").expect("there is a table");
    for words in ["All accounts; by ID, descending.", "3 accounts. Printed <time", &format!(" by {EMAIL}.")] {
        assert!(head.contains(words), "{words}: {head}");
    }
    for (place, name) in ["Plain &amp; simple", "&quot;&gt;&lt;img", "&lt;script&gt;"].into_iter().enumerate() {
        assert_eq!(rows.split("<tr>").nth(place + 1).map(|row| row.contains(name)), Some(true), "{name}: {rows}");
    }
    assert!(rows.contains("id=\"end\">End of the report: 3 rows."), "{rows}");
    let typed = visitor.page(&format!("{PRINT}?name=%3Cb%3E%22")).expect_status(200);
    assert!(typed.body.contains("Name contains “&lt;b&gt;&quot;”; by ID."), "{}", typed.body);
    assert!(typed.body.contains("0 of 3 accounts."), "{}", typed.body);
}

#[test]
fn what_cannot_be_printed_says_why() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    assert_eq!(server.visitor().page(PRINT).leads_to(), "/sign-in?next=%2Fsettings%2Femail%2Fsmtp%2Fprint");
    for accept in [HTML, JSON] {
        let answer = answered(visitor.say("GET", &format!("{PRINT}?id=1,x"), &[("accept", accept)], ""));
        assert!(answer.status == 400 && answer.body.contains("ID takes whole numbers"), "{answer:?}");
    }
}
