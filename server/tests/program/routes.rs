//! Every route, and who may pass it: a route without a row here fails.

use std::collections::BTreeSet;

use app::components::icon::AssetsRoot;
use app::sections::SECTIONS;
use leptos::prelude::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::generate_route_list_with_exclusions_and_ssg_and_context;
use serde_json::json;

use crate::http::{HTML, HttpResponse, JSON, Visitor, answered};
use crate::installation::{EMAIL, Installation, new_account, with};

#[derive(Clone, Copy, PartialEq)]
pub enum Access {
    /// Anybody may pass.
    Open,
    /// Only who is signed in.
    Closed,
}
use Access::{Closed, Open};

/// The pages that are no sections, as the route table names them, and an address of each in the installation below.
const OTHER_PAGES: [(&str, Access, &str); 29] = [
    ("/sign-in", Open, "/sign-in"),
    ("/set-up", Open, "/set-up"),
    ("/settings/email/credentials/new", Closed, "/settings/email/credentials/new"),
    ("/settings/email/credentials/{id}/edit", Closed, "/settings/email/credentials/1/edit"),
    ("/settings/email/credentials/{id}/duplicate", Closed, "/settings/email/credentials/1/duplicate"),
    ("/settings/email/credentials/{id}/delete", Closed, "/settings/email/credentials/1/delete"),
    ("/settings/email/connectors/new", Closed, "/settings/email/connectors/new"),
    ("/settings/email/connectors/{id}/edit", Closed, "/settings/email/connectors/1/edit"),
    ("/settings/email/connectors/{id}/delete", Closed, "/settings/email/connectors/1/delete"),
    ("/settings/email/connectors/{id}/check", Closed, "/settings/email/connectors/1/check"),
    ("/settings/email/schedules/new", Closed, "/settings/email/schedules/new?report=name%3Dnord"),
    ("/settings/email/schedules/{id}", Closed, "/settings/email/schedules/1"),
    ("/settings/email/schedules/{id}/edit", Closed, "/settings/email/schedules/1/edit"),
    ("/settings/email/schedules/{id}/delete", Closed, "/settings/email/schedules/1/delete"),
    ("/settings/email/restore/{kind}/{id}", Closed, "/settings/email/restore/view/2"),
    ("/settings/email/smtp/change", Closed, "/settings/email/smtp/change?chosen=1&kind=Disable"),
    ("/settings/email/smtp/views/new", Closed, "/settings/email/smtp/views/new?name=nord"),
    ("/settings/email/smtp/views/{id}/edit", Closed, "/settings/email/smtp/views/1/edit"),
    ("/settings/email/smtp/new", Closed, "/settings/email/smtp/new"),
    ("/settings/email/smtp/test", Closed, "/settings/email/smtp/test?chosen=1"),
    ("/settings/email/smtp/test/{id}", Closed, "/settings/email/smtp/test/1"),
    ("/settings/email/smtp/import", Closed, "/settings/email/smtp/import"),
    ("/settings/email/smtp/preferences", Closed, "/settings/email/smtp/preferences"),
    ("/settings/email/smtp/{id}/edit", Closed, "/settings/email/smtp/1/edit"),
    ("/settings/email/smtp/{id}/duplicate", Closed, "/settings/email/smtp/1/duplicate"),
    ("/settings/email/smtp/{id}/restore", Closed, "/settings/email/smtp/2/restore"),
    ("/settings/email/smtp/{id}/test", Closed, "/settings/email/smtp/1/test"),
    ("/settings/email/smtp/{id}/tests", Closed, "/settings/email/smtp/1/tests"),
    ("/settings/email/smtp/{id}/tests/{test}", Closed, "/settings/email/smtp/1/tests/1"),
];

/// Every page: how the route table names it, who may pass, and an address of it in the installation below.
pub fn pages() -> impl Iterator<Item = (&'static str, Access, &'static str)> {
    SECTIONS.into_iter().map(|section| (section.path, Closed, section.path)).chain(OTHER_PAGES)
}

/// The address of each server function. The browser tests read the same file.
const FUNCTIONS: &str = include_str!("functions.txt");
/// Those that anybody may call, and what a stranger gets who calls one with nothing.
const OPEN_FUNCTIONS: [(&str, u16); 5] = [
    ("/api/sign_in", 403),
    ("/api/set_up", 403),
    ("/api/load_sign_in", 200),
    ("/api/load_set_up", 200),
    ("/api/set_theme", 400),
];

/// What the router names by itself, as it is written there.
const BESIDE: [(&str, Access, &str); 11] = [
    ("\"/\"", Closed, "/"),
    ("app::paths::EXPORT", Closed, "/settings/email/smtp/export/csv"),
    ("app::paths::RUN_FILE", Closed, "/settings/email/schedules/runs/1/file"),
    ("app::paths::IMPORT_FILE", Closed, "/settings/email/smtp/import/file"),
    ("app::paths::EXPLAIN", Closed, "/settings/email/explain"),
    ("app::paths::PRINT", Closed, "/settings/email/smtp/print"),
    ("app::paths::TEST_EVENTS", Closed, "/settings/email/smtp/tests/1/events"),
    ("app::paths::FOOTER_PREVIEW", Closed, "/settings/email/footer/preview"),
    ("\"/livez\"", Open, "/livez"),
    ("\"/readyz\"", Open, "/readyz"),
    ("\"/assets/{hash}/{*path}\"", Open, "/assets/none/style.css"),
];

/// The server functions, who may call them, and what a stranger gets who calls one with nothing.
pub fn functions() -> impl Iterator<Item = (&'static str, Access, u16)> {
    FUNCTIONS.lines().map(|path| match OPEN_FUNCTIONS.iter().find(|(open, _)| *open == path) {
        Some((_, status)) => (path, Open, *status),
        None => (path, Closed, 401),
    })
}

#[tokio::test]
async fn every_route_has_a_row() {
    let context = || provide_context(AssetsRoot(String::new()));
    let routes = generate_route_list_with_exclusions_and_ssg_and_context(app::App, None, context).0;
    let found: BTreeSet<_> = routes.iter().map(|route| route.path().to_owned()).collect();
    assert_eq!(found, pages().map(|(route, ..)| route.to_owned()).collect(), "pages");

    let found: BTreeSet<_> = server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
    assert_eq!(found, functions().map(|(path, ..)| format!("POST {path}")).collect(), "server functions");

    let sources = [include_str!("../../src/http/router.rs"), include_str!("../../src/http/assets.rs")];
    let named = sources.iter().flat_map(|source| source.split(".route(").skip(1));
    let found: BTreeSet<_> = named.filter_map(|rest| rest.split(',').next()).map(str::trim).collect();
    assert_eq!(found, BESIDE.iter().map(|(route, ..)| *route).collect(), "the router's own");
}

#[test]
fn every_section_is_a_closed_page_with_the_way_to_all_others() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    for section in SECTIONS {
        let page = visitor.page(section.path).expect_status(200).body;
        for other in SECTIONS {
            assert!(page.contains(&format!("href=\"{}\"", other.path)), "{} to {}", section.path, other.path);
        }
        if let Some(new) = section.new {
            assert!(pages().any(|(route, ..)| route == (new.page)("")), "{}", new.label);
        }
    }
}

/// Account 1 with test send 1 and batch 1, account 2, which is deleted; credential, connector, schedule and view 1,
/// and view 2, which is deleted.
pub fn filled(visitor: &Visitor) {
    // Nothing listens there: a test send ends at once.
    let closed = [("draft[host]", "127.0.0.1"), ("draft[port]", "1")];
    for name in ["One", "Two"] {
        visitor.post("save_account", &with(&new_account(name), &closed)).expect_status(200);
    }
    visitor.post("delete_account", &[("id", "2")]).expect_status(200);
    let pairs = [("account", "1"), ("draft[recipient]", EMAIL), ("draft[subject]", "x"), ("draft[message]", "x")];
    visitor.post("send_test", &pairs).expect_status(200);
    visitor.post("begin_batch", &[&pairs[1..], &[("chosen", "chosen=1")]].concat()).expect_status(200);
    let credential = [("draft[name]", "One"), ("draft[user_name]", "one")];
    visitor.post("save_credential", &[&credential[..], &[("form", "New")]].concat()).expect_status(200);
    let connector = [("draft[name]", "One"), ("draft[host]", "127.0.0.1"), ("form", "New")];
    visitor.post("save_connector", &connector).expect_status(200);
    let schedule = [("draft[name]", "One"), ("draft[recipients]", EMAIL), ("draft[subject]", "x"), ("form", "New")];
    let at = [("draft[time]", "08:00"), ("draft[account]", "1")];
    visitor.post("save_schedule", &[&schedule[..], &at[..]].concat()).expect_status(200);
    let view = [("form", "New"), ("draft[name]", "One"), ("list", "name=one")];
    visitor.post("save_view", &view).expect_status(200);
    visitor.post("save_view", &[("form", "New"), ("draft[name]", "Two"), ("list", "")]).expect_status(200);
    visitor.post("delete_view", &[("id", "2")]).expect_status(200);
}

/// Calls it as it wants to be called, without arguments: what only reads takes JSON, the forms are forms.
fn with_nothing(visitor: &Visitor, function: &str) -> HttpResponse {
    if ["load_", "list_", "find_"].iter().any(|verb| function.starts_with(verb)) {
        visitor.call(function, &json!({}))
    } else {
        visitor.post::<&str, &str>(function, &[])
    }
}

#[test]
fn a_stranger_passes_the_open_doors_alone() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    filled(&visitor);
    let stranger = server.visitor();
    let ended = Visitor { cookie: Some("posthouse=AAAAAAAAAAAAAAAAAAAAAA".to_owned()), ..stranger.clone() };
    for (_, door, address) in pages().chain(BESIDE) {
        for who in [&stranger, &ended] {
            let answer = who.page(address);
            match door {
                Open => assert!(matches!(answer.status, 200 | 404), "{address}: {answer:?}"),
                Closed => {
                    let next = match address {
                        "/" => String::new(),
                        address => format!("?next={}", model::query::in_query(address)),
                    };
                    assert_eq!(answer.leads_to(), format!("/sign-in{next}"));
                    assert!(answer.body.is_empty(), "{address}: {answer:?}");
                }
            }
        }
    }
    for (function, door, status) in functions() {
        let name = function.strip_prefix("/api/").expect("they are there");
        let called = with_nothing(&stranger, name);
        let posted = stranger.post_plainly::<&str, &str>(name, &[]);
        assert_eq!(called.status, status, "{function}: {called:?}");
        if door == Closed {
            let wanted = (Some("application/json"), "\"SignedOut\"");
            assert_eq!((called.header("content-type"), called.body.as_str()), wanted, "{function}");
            assert_eq!(posted.leads_to(), "/sign-in", "{function}");
            assert_eq!(with_nothing(&ended, name).status, 401, "{function}");
        }
        assert_eq!(called.cookie(), None, "{function}: nobody gets a session by asking");
    }
}

#[test]
fn who_is_signed_in_passes_every_door() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    filled(&visitor);
    for (_, _, address) in pages() {
        let page = visitor.page(address).expect_status(200);
        assert!(page.body.contains("<h1"), "{address}: {}", page.body);
    }
    for (function, ..) in functions().filter(|(function, ..)| *function != "/api/sign_out") {
        let name = function.strip_prefix("/api/").expect("they are there");
        let status = with_nothing(&visitor, name).status;
        assert!(!matches!(status, 401 | 500..), "{function}: {status}");
    }
    visitor.page("/settings/email/smtp").expect_status(200);
}

#[test]
fn nobody_writes_from_another_site() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let host = &server.address;
    let same_site = format!("http://evil.{host}");
    let origins = [None, Some("null"), Some("https://evil.example"), Some(same_site.as_str()), Some("")];
    let kinds = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", JSON];
    for (function, ..) in functions() {
        for origin in origins {
            let foreign = visitor.with_origin(origin);
            let headers = [("accept", JSON), ("content-type", kinds[0])];
            let answer = answered(foreign.say("POST", function, &headers, "")).expect_status(403);
            assert!(answer.body.contains("Forbidden"), "{function}: {answer:?}");
            answered(foreign.say("POST", function, &[("accept", HTML)], "")).expect_status(403);
        }
        for kind in kinds {
            let foreign = visitor.with_origin(Some("https://evil.example"));
            answered(foreign.say("POST", function, &[("content-type", kind)], "")).expect_status(403);
        }
        // What the browser itself says of the request counts more than a missing origin.
        let headers = [("sec-fetch-site", "cross-site"), ("accept", JSON)];
        answered(visitor.say("POST", function, &headers, "")).expect_status(403);
    }
    visitor.page("/settings/email/smtp").expect_status(200);
}

#[test]
fn nothing_is_called_by_a_link() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    for (function, door, _) in functions() {
        for method in ["GET", "HEAD"] {
            answered(visitor.say(method, function, &[("accept", HTML)], "")).expect_status(405);
        }
        for method in ["PUT", "PATCH", "DELETE"] {
            answered(visitor.say(method, function, &[("accept", JSON)], "")).expect_status(405);
        }
        let stranger = answered(server.visitor().say("GET", function, &[("accept", JSON)], ""));
        assert_eq!(stranger.status, if door == Open { 405 } else { 401 }, "{function}");
    }
    visitor.page("/settings/email/smtp").expect_status(200);
}
