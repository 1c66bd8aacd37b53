//! What people do, and what is refused, leaves one audit event each: who, from where, what, to which record, and how it
//! ended.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpListener;

use app::api::FormInit;
use model::{FooterDraft, NetworksDraft, NetworksForm};
use serde_json::{Value, json};

use crate::audit_events::{Event, events, events_of, serve};
use crate::drafts::{account, credential};
use crate::http::{HTML, HttpResponse, Visitor, answered};
use crate::installation::{EMAIL, Installation, PASSWORD, Server, edit_account, new_account, run, text, until, with};
use crate::routes::functions;
use crate::servers::{ServerBehaviour, mail_server};

/// A secret, and a password that is wrong.
const SECRET: &str = "canary-in-no-audit-event";
const NEW_PASSWORD: &str = "another password of mine";

/// Functions that change nothing that others see, or only what a function below changes in the same way.
const BESIDE: [&str; 6] = [
    // The reader's own browser and forms.
    "set_theme",
    "begin_registration",
    "see_schedule",
    // It keeps nothing of the text.
    "explain_text",
    // They save the account as its form does, or begin a batch.
    "trust_certificate",
    "apply_remedy",
];

/// Calls functions, and notes which.
struct Caller<'a> {
    server: &'a Server,
    visitor: Visitor,
    called: BTreeSet<String>,
}

impl Caller<'_> {
    /// Posts a form that does these things, in any order, and nothing else.
    fn does<K: AsRef<str>, V: AsRef<str>>(
        &mut self,
        function: &str,
        form: &[(K, V)],
        expected: &[&str],
    ) -> HttpResponse {
        let answer = self.visitor.post(function, form).expect_status(200);
        self.called.insert(format!("/api/{function}"));
        self.expect(&answer, expected);
        answer
    }

    fn expect(&self, answer: &HttpResponse, expected: &[&str]) {
        let found = events_of(self.server, answer, expected.len());
        let said = |event: &Event| {
            let resource = event.resource.as_deref().unwrap_or_default();
            format!("{} {resource} {}", event.action, event.outcome)
        };
        // What Posthouse does by itself because of it has no person.
        let lines: BTreeSet<_> = found.iter().map(said).collect();
        assert_eq!(lines, expected.iter().map(|line| (*line).to_owned()).collect(), "{found:?}");
        for event in found {
            let who = (event.user, event.email.as_deref(), event.origin.as_str(), event.address.as_deref());
            assert_eq!(who, (Some(1), Some(EMAIL), "request", Some("127.0.0.1")), "{event:?}");
        }
    }
}

/// A mail server that takes connections and says nothing.
fn silent_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut stream = stream;
                let _ended = stream.read(&mut [0; 64]);
            });
        }
    });
    port
}

fn message<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let words = [("draft[recipient]", EMAIL), ("draft[subject]", "x"), ("draft[message]", "x")];
    words.into_iter().chain(more.iter().copied()).collect()
}

/// The fields of a draft, for a function that takes JSON.
fn arguments<K: AsRef<str>, V: AsRef<str>>(form: &[(K, V)]) -> Value {
    let field = |(name, value): &(K, V)| {
        let name = name.as_ref().strip_prefix("draft[")?.strip_suffix(']')?;
        Some((name.to_owned(), Value::from(value.as_ref())))
    };
    form.iter().filter_map(field).collect()
}

#[test]
fn everything_that_changes_or_shows_something_is_recorded() {
    let installation = Installation::sqlite();
    let server = serve(&installation);
    let visitor = server.set_up();
    let mut caller = Caller { server: &server, visitor, called: BTreeSet::new() };
    let (port, _heard) = mail_server("PLAIN", ServerBehaviour::Accepts);
    let ports = port.to_string();

    let keeps = credential("Relay", &ports, &[("answer", "Replace"), ("secret", SECRET)]);
    caller.does("save_credential", &keeps, &["create credential/1 success"]);
    caller.does("save_account", &account("One", port, "1"), &["create account/1 success"]);
    caller.does("save_account", &new_account("Two"), &["create account/2 success"]);
    caller.does("save_account", &edit_account(2, 1, "Second"), &["update account/2 success"]);
    caller.does("delete_account", &[("id", "2")], &["delete account/2 success"]);
    caller.does("restore_account", &[("id", "2")], &["restore account/2 success"]);
    let disable = [("chosen", "chosen=2"), ("kind", "Disable")];
    caller.does("change_accounts", &disable, &["disable change/1 success"]);
    caller.does("undo_change", &[("id", "1")], &["undo change/1 success"]);

    let proxy = [("draft[name]", "Way out"), ("draft[host]", "127.0.0.1"), ("draft[port]", "1"), ("form", "New")];
    caller.does("save_connector", &proxy, &["create connector/1 success"]);
    let check = [("id", "1"), ("draft[host]", "127.0.0.1"), ("draft[port]", "25")];
    caller.does("check_connector", &check, &["check connector/1 failure"]);
    caller.does("delete_connector", &[("id", "1")], &["delete connector/1 success"]);
    let back = [("kind", "connector"), ("id", "1")];
    caller.does("restore_record", &back, &["restore connector/1 success"]);

    let used = "use_secret credential/1 success";
    caller.does("send_test", &message(&[("account", "1")]), &["test account/1 success", used]);
    let unsaved = json!({
        "form": "New", "account": arguments(&account("One", port, "1")), "draft": arguments(&message(&[])),
    });
    let begun = caller.visitor.call("test_typed", &unsaved).expect_status(200);
    caller.called.insert("/api/test_typed".to_owned());
    caller.expect(&begun, &["test unsaved_account success", used]);

    tests_that_are_cancelled(&mut caller);
    schedules_and_views(&mut caller);
    settings(&mut caller);
    files(&mut caller);

    let current = [("current", PASSWORD), ("password", NEW_PASSWORD)];
    let changed =
        caller.does("change_password", &current, &["confirm_password  success", "change_password user/1 success"]);
    caller.visitor.keep(&changed);
    caller.does("delete_credential", &[("id", "2")], &["delete credential/2 success"]);
    caller.does::<&str, &str>("sign_out", &[], &["sign_out  success"]);
    let set_up = events(&server.log()).into_iter().filter(|event| event.action == "set_up");
    assert_eq!(set_up.map(|event| (event.outcome, event.user)).collect::<Vec<_>>(), [("success".to_owned(), Some(1))]);
    caller.called.extend(["/api/set_up", "/api/sign_in"].map(str::to_owned));

    let reads = |name: &str| ["load_", "list_", "find_"].iter().any(|verb| name.starts_with(verb));
    let all = functions().map(|(path, ..)| path.strip_prefix("/api/").expect("they are there"));
    let all = all.filter(|name| !reads(name) && !BESIDE.contains(name)).map(|name| format!("/api/{name}"));
    let all: BTreeSet<_> = all.collect();
    assert_eq!(caller.called, all, "each function that changes something is called here");

    let log = server.log();
    for secret in [SECRET, PASSWORD, NEW_PASSWORD] {
        assert!(!log.contains(secret), "the log holds {secret}");
    }
}

fn tests_that_are_cancelled(caller: &mut Caller<'_>) {
    let port = silent_server().to_string();
    let silent = [("draft[host]", "127.0.0.1"), ("draft[port]", &port), ("draft[safe_connection]", "No")];
    caller.does("save_account", &with(&new_account("Silent"), &silent), &["create account/3 success"]);
    let begun = caller.visitor.clone();
    let waits = std::thread::spawn(move || begun.post("send_test", &message(&[("account", "3")])));
    let id = until("the test runs", || {
        let page =
            caller.visitor.call("list_tests", &json!({ "account": 3, "filter": model::HistoryFilter::default() }));
        let id = page.json::<model::HistoryPage>().list.rows.first()?.id.0;
        let cancelled = caller.visitor.post("cancel_test", &[("test", &id.to_string())]);
        (cancelled.status == 200).then_some((id, cancelled))
    });
    caller.called.insert("/api/cancel_test".to_owned());
    caller.expect(&id.1, &[&format!("cancel test/{} success", id.0)]);
    let ended = waits.join().expect("it ends");
    caller.expect(&ended, &["test account/3 failure"]);

    let several = message(&[("chosen", "chosen=3")]);
    caller.does("begin_batch", &several, &["test batch/1 success"]);
    let cancelled = until("the batch is cancelled", || {
        Some(caller.visitor.post("cancel_batch", &[("id", "1")])).filter(|answer| answer.status == 200)
    });
    caller.called.insert("/api/cancel_batch".to_owned());
    let found = events_of(caller.server, &cancelled, 1);
    assert!(
        found.iter().any(|event| (event.action.as_str(), event.resource.as_deref()) == ("cancel", Some("batch/1")))
    );
}

fn schedules_and_views(caller: &mut Caller<'_>) {
    let schedule = [("form", "New"), ("draft[name]", "Daily"), ("draft[recipients]", EMAIL), ("draft[subject]", "x")];
    let at = [("draft[time]", "08:00"), ("draft[account]", "2")];
    caller.does("save_schedule", &[&schedule[..], &at[..]].concat(), &["create schedule/1 success"]);
    // Nothing listens for account 2: the run waits, to be tried again.
    caller.does("run_schedule", &[("id", "1")], &["run schedule/1 success"]);
    let sent =
        until("the run has failed", || events(&caller.server.log()).into_iter().find(|event| event.action == "send"));
    let said = (sent.resource.as_deref(), sent.outcome.as_str(), sent.origin.as_str(), sent.user);
    assert_eq!(said, (Some("run/1"), "failure", "server", Some(1)), "{sent:?}");
    let cancelled = until("the run is cancelled", || {
        Some(caller.visitor.post("cancel_run", &[("id", "1")])).filter(|answer| answer.status == 200)
    });
    caller.called.insert("/api/cancel_run".to_owned());
    caller.expect(&cancelled, &["cancel schedule/1 success"]);
    caller.does("pause_schedule", &[("id", "1"), ("pause", "Yes")], &["update schedule/1 success"]);
    caller.does("delete_schedule", &[("id", "1")], &["delete schedule/1 success"]);

    let view = [("form", "New"), ("draft[name]", "One"), ("list", "name=one")];
    caller.does("save_view", &view, &["create view/1 success"]);
    caller.does("replace_view", &[("id", "1"), ("list", "name=two")], &["update view/1 success"]);
    caller.does("delete_view", &[("id", "1")], &["delete view/1 success"]);
}

fn settings(caller: &mut Caller<'_>) {
    let footer: FormInit<FooterDraft, FooterDraft> = caller.visitor.call("load_footer", &json!({})).json();
    let version = footer.data.version.to_string();
    let words = [("draft[text]", "x"), ("draft[html]", ""), ("draft[version]", &version)];
    caller.does("save_footer", &words, &["update footer success"]);
    let networks: FormInit<NetworksForm, NetworksDraft> = caller.visitor.call("load_networks", &json!({})).json();
    let version = networks.data.draft.version.to_string();
    let closed = [("draft[closed]", "192.0.2.0/24"), ("draft[open]", ""), ("draft[version]", &version)];
    caller.does("save_networks", &closed, &["update networks success"]);
    caller.does("save_preferences", &[("page_size", "50")], &["update preferences success"]);
    caller.does("save_credential", &credential("Spare", "25", &[]), &["create credential/2 success"]);
}

fn files(caller: &mut Caller<'_>) {
    let csv = caller.visitor.page("/settings/email/smtp/export/csv").expect_status(200);
    caller.expect(&csv, &["export accounts success"]);
    let print = caller.visitor.page("/settings/email/smtp/print").expect_status(200);
    caller.expect(&print, &["print accounts success"]);
    let headers = [("accept", HTML), ("content-type", "multipart/form-data; boundary=b")];
    let part = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n";
    let form = format!("{part}ID,Name\n2,Renamed\n\r\n--b--\r\n");
    let kept = answered(caller.visitor.say("POST", "/settings/email/smtp/import/file", &headers, &form));
    let file = kept.leads_to().split(['=', '&']).nth(1).expect("the page names the file").to_owned();
    caller.does("import_accounts", &[("file", &file)], &["import change/2 success"]);
}

#[test]
fn sign_ins_and_refusals_are_recorded() {
    let installation = Installation::sqlite();
    let server = serve(&installation);
    let visitor = server.set_up();
    let one = |answer: &HttpResponse| {
        let found = events_of(&server, answer, 1);
        assert_eq!(found.len(), 1, "{found:?}");
        let Event { action, outcome, resource, detail, email, .. } = found.into_iter().next().expect("one");
        (action, outcome, resource.unwrap_or_default(), detail.unwrap_or_default(), email.unwrap_or_default())
    };
    let is = |answer: &HttpResponse, [action, outcome, resource, detail, email]: [&str; 5]| {
        let (a, b, c, d, e) = one(answer);
        assert_eq!([a.as_str(), &b, &c, &d, &e], [action, outcome, resource, detail, email]);
    };
    let sign_in = |email: &str, password: &str| server.try_sign_in(email, password);
    is(&sign_in(EMAIL, PASSWORD), ["sign_in", "success", "", "", EMAIL]);
    is(&sign_in(EMAIL, SECRET), ["sign_in", "failure", "", "", EMAIL]);
    // It may be a password that was typed into the wrong field.
    is(&sign_in(SECRET, SECRET), ["sign_in", "failure", "", "", ""]);
    let form = [("email", EMAIL), ("password", SECRET)];
    is(&server.visitor().post_plainly("sign_in", &form), ["sign_in", "failure", "", "", EMAIL]);
    let throttled = until("too many attempts", || Some(sign_in(EMAIL, SECRET)).filter(|answer| answer.status == 429));
    is(&throttled, ["sign_in", "throttled", "", "", EMAIL]);
    let token = [("token", SECRET), ("email", EMAIL), ("password", PASSWORD)];
    is(&server.visitor().post("set_up", &token), ["set_up", "refused", "", "", ""]);

    let stranger = server.visitor();
    let report = "/settings/email/smtp";
    let hostile = answered(stranger.say("GET", "/\u{9b}31m\u{2028}x", &[("accept", HTML)], ""));
    is(&hostile, ["request", "refused", "/%C2%9B31m%E2%80%A8x", "401", ""]);
    is(&stranger.page(report), ["request", "refused", report, "401", ""]);
    is(&stranger.call("load_footer", &json!({})), ["request", "refused", "/api/load_footer", "401", ""]);
    let foreign = visitor.with_origin(Some("https://evil.example"));
    is(&foreign.post("delete_account", &[("id", "1")]), ["request", "refused", "/api/delete_account", "403", ""]);

    // Another person's view, in a browser with WebAssembly and in one without.
    let view = [("form", "New"), ("draft[name]", "One"), ("draft[shared]", "Yes"), ("list", "")];
    visitor.post("save_view", &view).expect_status(200);
    let added = run(installation.program(&["user", "add", "other@nordhavn.example", "--password-stdin"]), PASSWORD);
    assert_eq!(added.status.code(), Some(0), "{}", text(&added.stderr));
    let other = server.sign_in_as("other@nordhavn.example", PASSWORD);
    let refused = ["request", "refused", "/api/delete_view", "403", "other@nordhavn.example"];
    is(&other.post("delete_view", &[("id", "1")]).expect_status(403), refused);
    is(&other.post_plainly("delete_view", &[("id", "1")]), refused);
    assert!(!server.log().contains(SECRET), "{}", server.log());
}

#[test]
fn nobody_chooses_the_number_of_a_request() {
    let installation = Installation::sqlite();
    let server = serve(&installation);
    let headers = [("accept", HTML), ("x-request-id", SECRET)];
    let answer = answered(server.visitor().say("GET", "/settings/email/smtp", &headers, ""));
    let number = answer.header("x-request-id").expect("an answer names its request");
    assert!(number != SECRET && number.len() == 36, "{number}");
    assert_eq!(events_of(&server, &answer, 1).len(), 1);
}

#[test]
fn commands_are_recorded_on_standard_error() {
    let installation = Installation::sqlite();
    // The vault's key is made at the first start.
    drop(installation.served());
    let command = |words: &[&str], typed: &str| {
        let mut program = installation.program(&[words, &["--log-format", "json"]].concat());
        program.env("RUST_LOG", "off").env("SUDO_UID", "1234");
        let output = run(program, typed);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", text(&output.stderr));
        let found = events(&text(&output.stderr));
        assert!(found.iter().all(|event| event.origin == "command_line" && event.request_id.is_none()), "{found:?}");
        let uid = rustix::process::getuid().as_raw();
        assert!(found.iter().all(|event| (event.uid, event.sudo_uid) == (Some(uid), Some(1234))), "{found:?}");
        let said = |event: Event| format!("{} {}", event.action, event.resource.unwrap_or_default());
        found.into_iter().map(said).collect::<Vec<_>>()
    };
    let backup = installation.folder.join("backup");
    let backup = backup.to_str().expect("the path is text");
    for (words, typed, expected) in [
        (&["user", "add", "other@nordhavn.example", "--password-stdin"][..], PASSWORD, &["create user/2"][..]),
        (&["user", "disable", EMAIL], "", &["disable user/1"]),
        (&["user", "enable", EMAIL], "", &["enable user/1"]),
        (&["user", "sign-out", EMAIL], "", &["sign_out user/1"]),
        (&["user", "reset-password", EMAIL, "--password-stdin"], NEW_PASSWORD, &["reset_password user/1"]),
        (&["user", "list"], "", &[]),
        (&["vault", "rotate"], "", &["rotate_key vault"]),
        (&["vault", "check"], "", &["check_vault vault"]),
        (&["export", "accounts"], "", &["export accounts"]),
        (&["backup", backup], "twelve letters or more", &["backup database"]),
        (&["restore", backup, "--replace"], "twelve letters or more", &["restore_backup database"]),
        (&["vault", "reset", "--forget-secrets"], "", &["reset_vault vault"]),
    ] {
        assert_eq!(command(words, typed), expected, "{words:?}");
    }
}
