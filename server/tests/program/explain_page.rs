//! The page *Explain*: a text is explained, with and without WebAssembly, and kept nowhere.

use model::{EXPLAIN_OCTETS, Explanation, Problem};
use serde_json::json;

use crate::canaries::look_into;
use crate::http::{FORM, HTML, HttpResponse, Visitor, answered};
use crate::installation::{Installation, Server};
use crate::on_both;
use crate::search::{Canary, Search};

on_both! {
    a_text_is_kept_nowhere
}

const PAGE: &str = "/settings/email/explain";

/// Posts the form as a browser without scripts does.
fn posted(visitor: &Visitor, form: &[(&str, &str)]) -> HttpResponse {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    answered(visitor.say("POST", PAGE, &[("accept", HTML), ("content-type", FORM)], &body))
}

fn explained(visitor: &Visitor, text: &str) -> HttpResponse {
    visitor.call("explain_text", &json!({ "draft": { "text": text } }))
}

#[test]
fn a_text_is_explained_with_and_without_webassembly() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let empty = visitor.page(PAGE).expect_status(200).body;
    assert!(empty.contains("Paste what went wrong") && !empty.contains("To fix it"), "{empty}");

    let reply = "550 5.1.1 <to@example.org>: User unknown";
    let page = posted(&visitor, &[("text", reply)]).expect_status(200).body;
    assert!(page.contains("Failed, likely at RCPT: ") && page.contains("To fix it"), "{page}");
    assert!(page.contains("550 5.1.1 &lt;to@example.org&gt;: User unknown"), "its evidence: {page}");
    let page = posted(&visitor, &[("text", reply), ("stage", "mail"), ("host", "smtp.example.org")]).body;
    assert!(page.contains("Failed at MAIL: ") && page.contains("value=\"smtp.example.org\""), "{page}");
    let Explanation::Failed(found) = explained(&visitor, reply).expect_status(200).json() else {
        panic!("something failed");
    };
    assert!(found.assumed && found.said == reply, "{found:?}");

    let page = posted(&visitor, &[("text", "220 mx.example ESMTP\r\n250 fine")]).expect_status(200).body;
    assert!(page.contains("No error found in this text"), "{page}");
    let nothing: Explanation = explained(&visitor, " \n").json();
    assert_eq!(nothing, Explanation::NothingPasted);
    for (example, stage) in [("reply", "AUTH"), ("log", "RCPT"), ("bounce", "RCPT")] {
        let page = posted(&visitor, &[("text", "what was there before"), ("example", example)]).body;
        assert!(page.contains(&format!("at {stage}: ")) && !page.contains("there before"), "{example}: {page}");
    }
}

#[test]
fn what_cannot_be_read_is_said_beside_its_field() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let long = "x".repeat(EXPLAIN_OCTETS + 1);
    let page = posted(&visitor, &[("text", &long), ("host", "https://smtp.example")]).expect_status(200).body;
    assert!(page.contains("The text is longer than 256 kB."), "the text's");
    assert!(page.contains("Mail server holds more than a host name."), "the host's");
    assert!(matches!(explained(&visitor, &long).expect_status(422).json(), Problem::Fields(_)));

    let huge = "x".repeat(10 << 20);
    let refused = posted(&visitor, &[("text", &huge)]).expect_status(413);
    assert!(refused.body.contains("This text is more than 256 kB."), "{refused:?}");
    let odd = answered(visitor.say("POST", PAGE, &[("accept", HTML), ("content-type", "text/plain")], "550 no"));
    odd.expect_status(400);
    for who in [server.visitor(), Visitor { cookie: Some("posthouse=AAAA".to_owned()), ..server.visitor() }] {
        assert_eq!(posted(&who, &[("text", "550 no")]).leads_to(), "/sign-in");
        explained(&who, "550 no").expect_status(401);
    }
    let foreign = visitor.with_origin(Some("https://evil.example"));
    posted(&foreign, &[("text", "550 no")]).expect_status(403);
}

#[test]
fn a_hostile_text_is_text() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let reply = "550 5.1.1 </textarea></title><canary>\u{0}\u{202e}\u{1b}[31m User unknown";
    let page = posted(&visitor, &[("text", reply)]).expect_status(200).body;
    assert!(page.contains("Failed, likely at RCPT: ") && !page.contains("<canary>"), "{page}");
    assert!(page.contains("&lt;U+202E&gt;\\x1b[31m User unknown"), "its evidence shows what cannot be seen: {page}");
    for text in ["550-no\n".repeat(EXPLAIN_OCTETS / 7), "5".repeat(EXPLAIN_OCTETS), "\u{0}".repeat(100_000)] {
        explained(&visitor, &text).expect_status(200);
    }
}

fn a_text_is_kept_nowhere(installation: &Installation) {
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0"]);
    program.env("RUST_LOG", "trace");
    let server = Server::start(program);
    let visitor = server.set_up();
    const PASTED: Canary = Canary { core: "pastedCanary4Kt7" };
    let text = format!("550 5.1.1 {} User unknown", PASTED.secret());
    let page = posted(&visitor, &[("text", &text)]).expect_status(200);
    assert!(page.body.contains(PASTED.core), "the page shows it");
    explained(&visitor, &text).expect_status(200);
    explained(&visitor, &text.repeat(EXPLAIN_OCTETS / text.len() + 1)).expect_status(422);
    posted(&visitor, &[("text", &text), ("stage", "noon")]).expect_status(200);
    let again = visitor.page(PAGE).expect_status(200).body;
    assert!(!again.contains(PASTED.core), "the next page does not");

    let search = Search::of(&[PASTED]);
    look_into(installation, &search, "after it was explained");
    server.signal("TERM");
    let (_, log) = server.end();
    search.expect_none("the log", log.as_bytes());
}
