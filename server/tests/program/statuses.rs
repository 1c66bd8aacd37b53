//! The status of each kind of refusal, for programs and for pages, and addresses that are written in more than one way.

use app::sections::SECTIONS;
use model::{AccountDraft, AccountFilter, AccountPage, AccountRow, Problem, Saved};
use serde_json::json;

use crate::http::{FORM, HTML, HttpResponse, JSON, Visitor, answered, in_html};
use crate::installation::{EMAIL, Installation, edit_account, new_account, with};

fn problem(answer: &HttpResponse) -> Problem {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let problem: Problem = answer.json();
    assert_eq!(answer.status, problem.status(), "{problem:?}");
    problem
}

fn create(visitor: &Visitor, name: &str) -> Saved {
    visitor.post("save_account", &new_account(name)).expect_status(200).json()
}

fn listed(visitor: &Visitor) -> Vec<AccountRow> {
    let filter = json!({ "filter": AccountFilter::default() });
    visitor.call("list_accounts", &filter).expect_status(200).json::<AccountPage>().rows
}

fn say(visitor: &Visitor, function: &str, accept: &str, kind: &str, body: &str) -> HttpResponse {
    let path = format!("/api/{function}");
    answered(visitor.say("POST", &path, &[("accept", accept), ("content-type", kind)], body))
}

#[test]
fn arguments_that_do_not_parse_are_400() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let form = ["", "%%%", "version=x", "form=Nothing&draft[name]=A", "form[Edit]=x&draft[name]=A", "draft=A&form=New"];
    let form = form.into_iter().chain(["form=New&draft[enabled]=Maybe", "form=New", "form[New]=&draft[name][x]=1"]);
    for body in form {
        assert!(matches!(problem(&say(&visitor, "save_account", JSON, FORM, body)), Problem::Malformed(_)), "{body}");
        let page = say(&visitor, "save_account", HTML, FORM, body);
        assert_eq!((page.status, page.header("location")), (400, None), "{body}: {page:?}");
        assert!(page.body.contains("The form was not understood."), "{body}");
        // A browser also says which page it comes from, and then is not sent back there with an error in its address.
        let from = format!("http://{}/settings/email/smtp/new", visitor.address);
        let headers = [("accept", HTML), ("content-type", FORM), ("referer", from.as_str())];
        let page = answered(visitor.say("POST", "/api/save_account", &headers, body));
        assert_eq!((page.status, page.header("location")), (400, None), "{body}: {page:?}");
    }
    for body in ["", "{", "[]", "{}", "{\"filter\":1}", "{\"filter\":{\"page\":\"x\"}}", "\u{0}", "name=x"] {
        for function in ["list_accounts", "load_account_form", "find_test_send"] {
            let answer = say(&visitor, function, JSON, JSON, body);
            assert!(matches!(problem(&answer), Problem::Malformed(_)), "{function} {body}: {answer:?}");
            say(&visitor, function, HTML, JSON, body).expect_status(400);
        }
    }
    assert!(listed(&visitor).is_empty());
}

#[test]
fn what_is_not_there_is_404() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let one = create(&visitor, "One");
    let calls = [
        ("load_account_form", json!({ "form": { "Edit": 99 } })),
        ("load_account_form", json!({ "form": { "Duplicate": 99 } })),
        ("load_restore_form", json!({ "id": 99 })),
        ("load_test_form", json!({ "account": 99 })),
        ("find_test_send", json!({ "id": 99 })),
    ];
    for (function, arguments) in calls {
        assert!(matches!(problem(&visitor.call(function, &arguments)), Problem::NotFound(_)), "{function}");
    }
    let test = [("account", "99"), ("draft[recipient]", EMAIL), ("draft[subject]", "x"), ("draft[message]", "x")];
    let posts = [
        visitor.post("save_account", &edit_account(99, 1, "Two")),
        visitor.post("save_account", &edit_account(i64::MAX, 1, "Two")),
        visitor.post("delete_account", &[("id", "99")]),
        visitor.post("restore_account", &[("id", "99")]),
        visitor.post("send_test", &test),
    ];
    for answer in &posts {
        assert!(matches!(problem(answer), Problem::NotFound(_)), "{answer:?}");
    }
    let base = "/settings/email/smtp";
    for id in ["99", "0", "-1", "abc", "9223372036854775807", "99999999999999999999", "%00", "1%2F"] {
        for page in ["edit", "duplicate", "restore", "test", "tests/1"] {
            let answer = visitor.page(&format!("{base}/{id}/{page}")).expect_status(404);
            assert!(answer.body.contains("ot found"), "{id}/{page}: {}", answer.body);
        }
    }
    visitor.page(&format!("{base}/{}/tests/1", one.id)).expect_status(404);
    for path in
        ["/nothing", "/settings", "/settings/email", "/settings/email/smtp/1", "/settings/email/smtp/1/x", "/api"]
    {
        let answer = visitor.page(path).expect_status(404);
        assert!(answer.body.contains("Page not found"), "{path}: {}", answer.body);
    }
    // A deleted record is not there any more, except to be brought back.
    create(&visitor, "Two");
    visitor.post("delete_account", &[("id", "2")]).expect_status(200);
    visitor.page(&format!("{base}/2/edit")).expect_status(404);
    visitor.page(&format!("{base}/2/test")).expect_status(404);
    visitor.page(&format!("{base}/2/restore")).expect_status(200);
    visitor.post("save_account", &edit_account(2, 1, "Two")).expect_status(404);
    visitor.post("delete_account", &[("id", "2")]).expect_status(404);
}

#[test]
fn a_save_on_top_of_another_is_409_and_tells_it() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let id = create(&visitor, "One").id.0;
    visitor.post("save_account", &edit_account(id, 1, "Theirs")).expect_status(200);
    for version in [1, 0, -1, 99] {
        let Problem::Conflict(conflict) = problem(&visitor.post("save_account", &edit_account(id, version, "Mine")))
        else {
            panic!("a stale save at version {version} is a conflict");
        };
        let theirs =
            conflict.theirs.map(|theirs| serde_json::from_str::<AccountDraft>(&theirs).expect("its form").name);
        assert_eq!((theirs.as_deref(), conflict.version), (Some("Theirs"), 2));
        assert_eq!(conflict.saved_by, EMAIL);
    }
    visitor.post("save_account", &edit_account(id, 2, "Mine")).expect_status(200);
    assert_eq!(listed(&visitor)[0].name, "Mine");

    let footer = |text: &str, version: &str| {
        visitor.post("save_footer", &[("draft[text]", text), ("draft[html]", ""), ("draft[version]", version)])
    };
    footer("Theirs", "0").expect_status(200);
    footer("Mine", "0").expect_status(409);
}

#[test]
fn the_rules_of_the_default_stand() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let (one, two) = (create(&visitor, "One"), create(&visitor, "Two"));
    assert_eq!(one.default_moved.expect("the first one is the default").from, None);
    assert!(matches!(problem(&visitor.post("delete_account", &[("id", "1")])), Problem::Refused(_)));
    let edit =
        |answers: &[(&str, &str)]| visitor.post("save_account", &with(&edit_account(one.id.0, 1, "One"), answers));
    for (answers, fields) in [
        (&[("draft[default]", "No")][..], &["default"][..]),
        (&[("draft[enabled]", "No"), ("draft[default]", "No")], &["enabled", "default"]),
        (&[("draft[enabled]", "No"), ("draft[default]", "Yes")], &["default"]),
    ] {
        let Problem::Fields(errors) = problem(&edit(answers)) else { panic!("{answers:?} are refused") };
        let found: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(found, fields);
    }
    let moved = with(&edit_account(two.id.0, 1, "Two"), &[("draft[default]", "Yes")]);
    let moved: Saved = visitor.post("save_account", &moved).expect_status(200).json();
    assert_eq!(moved.to_string(), "“Two” is now the default, in place of “One”.");
    let defaults: Vec<_> = listed(&visitor).into_iter().map(|row| row.default).collect();
    assert_eq!(defaults, [false, true]);
    visitor.post("delete_account", &[("id", "1")]).expect_status(200);
    visitor.post("restore_account", &[("id", "1")]).expect_status(200);
    visitor.post("restore_account", &[("id", "1")]).expect_status(409);
}

#[test]
fn answers_that_need_a_change_are_422() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    create(&visitor, "One");
    let check = |answers: &[(&str, &str)], field: &str| {
        let answer = visitor.post("save_account", &with(&new_account("Two"), answers));
        let Problem::Fields(errors) = problem(&answer) else { panic!("{answers:?}: {answer:?}") };
        assert_eq!((errors.0.len(), errors.get(field).is_some()), (1, true), "{errors:?}");
    };
    check(&[("draft[name]", " ONE ")], "name");
    check(&[("draft[name]", &"x".repeat(121))], "name");
    check(&[("draft[host]", "smtp://mail.example/x")], "host");
    check(&[("draft[port]", "65536")], "port");
    for (name, field) in [
        ("draft[name]", "name"),
        ("draft[sender]", "sender"),
        ("draft[reply]", "reply"),
        ("draft[return_path]", "return_path"),
        ("draft[confirmation]", "confirmation"),
        ("draft[host]", "host"),
        ("draft[port]", "port"),
    ] {
        for bad in ["a\r\nb@c.example", "a\rb@c.example", "a\nb@c.example", "a\0b@c.example"] {
            check(&[(name, bad)], field);
        }
    }
    for (function, form) in [
        (
            "send_test",
            &[("account", "1"), ("draft[recipient]", "x\r\nRCPT TO:<y@z.example>"), ("draft[subject]", "x")][..],
        ),
        ("send_test", &[("account", "1"), ("draft[recipient]", EMAIL), ("draft[subject]", "x\r\nBcc: y@z.example")]),
        ("save_footer", &[("draft[text]", "a\0b")]),
    ] {
        let form = [form, &[("draft[message]", "x")]].concat();
        assert!(matches!(problem(&visitor.post(function, &form)), Problem::Fields(_)), "{function}: {form:?}");
    }
    assert_eq!(listed(&visitor).len(), 1);
}

#[test]
fn what_is_too_large_is_413_however_it_comes() {
    let installation = Installation::sqlite();
    let (server, visitor) = installation.served();
    let body = format!("form=New&draft[name]={}", "x".repeat(1 << 20));
    let chunked: String = body
        .as_bytes()
        .chunks(60_000)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk)))
        .chain(["0\r\n\r\n".to_owned()])
        .collect();
    for accept in [JSON, HTML] {
        let said = say(&visitor, "save_account", accept, FORM, &body).expect_status(413);
        assert!(said.body.contains("This is more than 1 MB."), "{said:?}");
        let headers = [("accept", accept), ("content-type", FORM), ("transfer-encoding", "chunked")];
        let said = answered(visitor.say("POST", "/api/save_account", &headers, &chunked)).expect_status(413);
        assert!(said.body.contains("This is more than 1 MB."), "{said:?}");
    }
    // The longest message that is allowed passes, each letter of it four octets that are written as twelve.
    let form = [
        ("account", "1"),
        ("draft[recipient]", EMAIL),
        ("draft[subject]", "x"),
        ("draft[message]", &"é".repeat(100_000)),
    ];
    let closed = with(&new_account("One"), &[("draft[host]", "127.0.0.1"), ("draft[port]", "1")]);
    visitor.post("save_account", &closed).expect_status(200);
    visitor.post("send_test", &form).expect_status(200);
    let address = visitor.page(&format!("/{}", "x".repeat(2_000_000)));
    assert!(matches!(address.status, 414 | 431), "{address:?}");
    server.visitor().page("/livez").expect_status(200);
}

#[test]
fn the_eleventh_try_to_sign_in_is_429() {
    let installation = Installation::sqlite();
    let (server, _) = installation.served();
    for _ in 0..10 {
        let answer = server.try_sign_in("nobody@nordhavn.example", "wrong wrong wrong");
        let wanted = "E-mail or password is wrong. Check both and try again.";
        assert_eq!(problem(&answer), Problem::Forbidden(wanted.to_owned()));
    }
    assert!(matches!(problem(&server.try_sign_in("nobody@nordhavn.example", "right")), Problem::Throttled(_)));
    server.sign_in();
}

#[test]
fn every_page_has_one_short_address() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    let base = "/settings/email/smtp";
    for (written, short) in [
        ("?id=&name=&sender=&enabled=", ""),
        ("?id=&name=ops&sender=", "?name=ops"),
        ("?name=ops&page=1", "?name=ops"),
        ("?page=1&sort=id", ""),
        ("?nothing=x&sender=a+b", "?sender=a+b"),
        ("/", ""),
        ("/new/", "/new"),
        ("/?name=ops", "?name=ops"),
    ] {
        let answer = visitor.page(&format!("{base}{written}"));
        let wanted = format!("{base}{short}");
        assert_eq!(answer.leads_to(), wanted, "{written}");
        visitor.page(&wanted).expect_status(200);
    }
    for list in SECTIONS.into_iter().filter(|section| section.short_query.is_some()) {
        assert_eq!(visitor.page(&format!("{}?page=1&nothing=x", list.path)).leads_to(), list.path);
    }
    assert_eq!(visitor.page("/").leads_to(), base);
    for path in ["//evil.example/", "///", "//"] {
        let answer = visitor.page(path);
        let leads_away = answer.header("location").is_some_and(|to| to.starts_with("//"));
        assert!(!leads_away, "{path}: {answer:?}");
    }
}

#[test]
fn what_was_typed_is_text_wherever_it_stands() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    // It ends each element and attribute that a text can stand in.
    const HOSTILE: &str = "'\"></title></textarea></script><canary>&lt;";
    create(&visitor, HOSTILE);
    let footer = [("draft[text]", HOSTILE), ("draft[html]", HOSTILE), ("draft[version]", "0")];
    visitor.post("save_footer", &footer).expect_status(200);
    let test = [("account", "1"), ("draft[recipient]", "x"), ("draft[subject]", HOSTILE), ("draft[message]", HOSTILE)];
    visitor.post_plainly("send_test", &test).expect_status(303);
    let base = "/settings/email/smtp";
    let typed: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    for path in [
        base.to_owned(),
        format!("{base}?name={typed}"),
        format!("{base}?sender={typed}"),
        format!("{base}/1/edit"),
        format!("{base}/1/duplicate"),
        format!("{base}/1/test"),
        format!("{base}/new?name={typed}"),
        "/settings/email/footer".to_owned(),
        format!("/sign-in?next={typed}"),
        format!("/set-up?token={typed}"),
    ] {
        let page = visitor.page(&path).expect_status(200);
        assert!(page.body.contains("canary"), "{path}: it is shown");
        assert!(!page.body.contains("<canary"), "{path}: {}", page.body);
    }
    let title = in_html(HOSTILE).replace("&gt;", ">");
    assert!(visitor.page(&format!("{base}/1/edit")).body.contains(&format!("<title>{title}")), "it says the name");
}

#[test]
fn what_is_searched_for_is_text() {
    let installation = Installation::sqlite();
    let (_server, visitor) = installation.served();
    create(&visitor, "<i>One</i>");
    let page = visitor.page("/settings/email/smtp?name=%3Ci%3Eone").expect_status(200);
    assert!(!page.body.contains("<i>"), "{}", page.body);
    let shown = page.body.replace("<mark>", "").replace("</mark>", "").replace("<!>", "");
    assert!(shown.contains(&in_html("<i>One</i>")), "{}", page.body);
}
