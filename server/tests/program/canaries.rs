//! Canaries of the whole program: secrets of every kind are kept and signed in with, with everything logged; then every
//! page, answer, file and log is searched for them, in each way that they can be written.

use std::path::Path;

use serde_json::{Value, json};

use crate::drafts::{account, credential};
use crate::http::{FORM, HTML, HttpResponse, JSON, Visitor, answered};
use crate::installation::{EMAIL, Installation, PASSWORD, Server, text, until, with};
use crate::on_both;
use crate::routes::{functions, pages};
use crate::search::{Canary, Search};
use crate::servers::{Heard, ServerBehaviour, mail_server, proxy};
use crate::vault::dump;

on_both! {
    no_secret_shows_anywhere
}

const IN_VAULT: Canary = Canary { core: "vaultCanary7Qx2mK" };
const IN_VARIABLE: Canary = Canary { core: "variableCanary9Lw4" };
const IN_FILE: Canary = Canary { core: "fileCanary3Rt8vB" };
const OF_PROXY: Canary = Canary { core: "proxyCanary6Hs1nZ" };
/// Typed into forms that are refused, and never kept.
const REFUSED: Canary = Canary { core: "refusedCanary5Jd" };
const ALL: [Canary; 5] = [IN_VAULT, IN_VARIABLE, IN_FILE, OF_PROXY, REFUSED];

const VARIABLE: &str = "POSTHOUSE_SECRET_RELAY_CANARY";
const FILE: &str = "relay";

/// The mail servers and the proxy, with the port of each.
struct Stage {
    plain: (u16, Heard),
    login: (u16, Heard),
    cram: (u16, Heard),
    /// Refuses, and repeats the secret.
    repeats: (u16, Heard),
    proxy: (u16, Heard),
}

impl Stage {
    fn new() -> Self {
        Self {
            plain: mail_server("PLAIN", ServerBehaviour::Accepts),
            login: mail_server("LOGIN", ServerBehaviour::Accepts),
            cram: mail_server("CRAM-MD5", ServerBehaviour::Accepts),
            repeats: mail_server("PLAIN", ServerBehaviour::Repeats(IN_VAULT.secret())),
            proxy: proxy(),
        }
    }

    fn ports(&self) -> String {
        let ports =
            [&self.plain, &self.login, &self.cram, &self.repeats, &self.proxy].map(|(port, _)| port.to_string());
        ports.join(" ")
    }

    /// The search can find what is there: each of these secrets has come to the server that it was for.
    fn expect_heard(&self, search: &Search) {
        for (what, (_, heard), secret) in [
            ("PLAIN", &self.plain, IN_VAULT),
            ("LOGIN", &self.login, IN_VARIABLE),
            ("the one that repeats", &self.repeats, IN_VAULT),
            ("the proxy", &self.proxy, OF_PROXY),
        ] {
            let heard = heard.bytes();
            assert!(search.places(&heard).next().is_some(), "{what} heard {}", text(&heard));
            assert!(Search::of(&[secret]).places(&heard).next().is_some(), "{what} heard {}", text(&heard));
        }
        let cram = text(&self.cram.1.bytes());
        assert!(cram.contains("AUTH CRAM-MD5\r\n") && cram.contains("\r\nMAIL FROM"), "{cram}");
    }

    /// What was exchanged to sign in is no more to be shown than the secrets themselves.
    fn add_exchanged(&self, search: &mut Search) {
        let mut added = 0;
        for (_, heard) in [&self.plain, &self.login, &self.cram, &self.repeats] {
            for line in text(&heard.bytes()).lines() {
                let words = line.split(' ').filter(|word| word.len() >= 40 && !word.contains(['@', '.']));
                for word in words {
                    search.add(word.as_bytes().to_vec());
                    added += 1;
                }
            }
        }
        assert!(added >= 4, "each server heard a response");
    }
}

/// Everything that was answered: what was asked for, and the answer with its headers.
#[derive(Default)]
struct Answers(Vec<(String, HttpResponse)>);

impl Answers {
    fn keep(&mut self, what: impl Into<String>, answer: HttpResponse) -> &HttpResponse {
        self.0.push((what.into(), answer));
        &self.0.last().expect("it was put there").1
    }

    fn post(&mut self, visitor: &Visitor, function: &str, form: &[(String, String)]) -> &HttpResponse {
        self.keep(function, visitor.post(function, form).expect_status(200))
    }
}

/// Accounts 1 to 5, of which 2 is deleted, each with a test send of its number; credentials 1 to 4, connector 1,
/// schedule 1, view 1 and view 2, which is deleted.
fn fill(visitor: &Visitor, stage: &Stage, answers: &mut Answers) {
    let (ports, proxy_port) = (stage.ports(), stage.proxy.0.to_string());
    let kept = |canary: Canary| [("answer", "Replace".to_owned()), ("secret", canary.secret())];
    let mut save = |name: &str, more: &[(&str, String)]| {
        let more: Vec<_> = more.iter().map(|(name, value)| (*name, value.as_str())).collect();
        answers.post(visitor, "save_credential", &credential(name, &ports, &more));
    };
    save("Proxy", &kept(OF_PROXY));
    let [replace, secret] = kept(IN_VAULT);
    let through = ("draft[connectors][0]", "1".to_owned());
    let connector = [
        ("draft[name]", "Way out"),
        ("draft[host]", "127.0.0.1"),
        ("draft[port]", &proxy_port),
        ("draft[authentication]", "Yes"),
        ("draft[credential]", "1"),
        ("form", "New"),
    ];
    visitor.post("save_connector", &connector).expect_status(200);
    save("Vault", &[replace, secret, through.clone()]);
    let refer = |reference: String| [("answer", "Refer".to_owned()), ("reference", reference)];
    save("Variable", &refer(format!("env:{VARIABLE}")));
    save("File", &refer(format!("file:{FILE}")));

    let through = [("draft[use_connector]", "Yes"), ("draft[connector]", "1")];
    for (number, form) in [
        account("Through the proxy", stage.plain.0, "2"),
        account("Deleted", stage.login.0, "3"),
        account("Login", stage.login.0, "3"),
        account("Challenge", stage.cram.0, "4"),
        account("Repeats", stage.repeats.0, "2"),
    ]
    .into_iter()
    .enumerate()
    {
        let form = if number == 0 { with(&form, &through) } else { form };
        answers.post(visitor, "save_account", &form);
        send(visitor, number + 1, answers);
    }
    answers.post(visitor, "delete_account", &with(&[], &[("id", "2")]));
    let check = [("id", "1"), ("draft[host]", "127.0.0.1"), ("draft[port]", &stage.plain.0.to_string())];
    answers.post(visitor, "check_connector", &with(&[], &check));
    // Schedule 1 signs in as well, by itself.
    let schedule = [("form", "New"), ("draft[name]", "Reports"), ("draft[recipients]", EMAIL), ("draft[subject]", "x")];
    let at = [("draft[account]", "1"), ("draft[time]", "08:00")];
    answers.post(visitor, "save_schedule", &with(&[], &[&schedule[..], &at[..]].concat()));
    answers.post(visitor, "run_schedule", &with(&[], &[("id", "1")]));
    let view = [("form", "New"), ("draft[name]", "One"), ("list", "name=one")];
    answers.post(visitor, "save_view", &with(&[], &view));
    answers.post(visitor, "save_view", &with(&with(&[], &view), &[("draft[name]", "Two")]));
    answers.post(visitor, "delete_view", &with(&[], &[("id", "2")]));
    until("the scheduled report has been sent", || {
        let page = visitor.call("load_schedule", &json!({ "id": 1 })).expect_status(200);
        page.body.contains("\"Sent\"").then_some(())
    });
    let several = [("chosen", "chosen=1&chosen=3&chosen=4&chosen=5"), ("draft[recipient]", EMAIL)];
    let words = [("draft[subject]", "x"), ("draft[message]", "x"), ("draft[stop_after]", "sign-in")];
    answers.post(visitor, "begin_batch", &with(&[], &[&several[..], &words[..]].concat()));
    until("the test of several accounts has ended", || {
        let page = visitor.call("load_batch", &json!({ "id": 1 })).expect_status(200);
        page.body.contains("\"running\":false").then_some(())
    });
}

fn send(visitor: &Visitor, account: usize, answers: &mut Answers) {
    let form = [
        ("account", &*account.to_string()),
        ("draft[recipient]", EMAIL),
        ("draft[subject]", "x"),
        ("draft[message]", "x"),
    ];
    answers.post(visitor, "send_test", &with(&[], &form));
}

/// Secrets in forms that are refused, each in another way: the answer, the session and the page never hold them.
fn refuse(visitor: &Visitor, stage: &Stage, answers: &mut Answers, look: impl Fn(&str)) {
    let ports = stage.ports();
    let typed = [("answer", "Replace"), ("secret", &*REFUSED.secret()), ("draft[ports]", "99999")];
    let new = credential("Refused", &ports, &typed);
    let edit = [("form[Edit]", "2"), ("version", "1")];
    let page = "/settings/email/credentials";
    for (form, page) in [
        (new.clone(), format!("{page}/new")),
        (with(&with(&new, &edit), &[("form", "")]), format!("{page}/2/edit")),
        (with(&new, &[("reference", &REFUSED.secret()), ("answer", "Keep")]), format!("{page}/new")),
    ] {
        let form: Vec<_> = form.into_iter().filter(|(name, value)| name != "form" || !value.is_empty()).collect();
        answers.keep("refused", visitor.post("save_credential", &form).expect_status(422));
        let posted = visitor.post_plainly("save_credential", &form);
        assert_eq!(posted.leads_to(), page);
        answers.keep("refused, posted plainly", posted);
        look("while a refused form is kept");
        let shown = answers.keep(page.clone(), visitor.page(&page).expect_status(200));
        assert!(shown.body.contains("role=\"alert\""), "{page} says why: {}", shown.body);
    }
    // In places where no secret is asked for, and in forms that are none.
    let secret = REFUSED.secret();
    for name in ["secret[x]", "answer", "version", "form"] {
        let form =
            with(&credential("Refused", &ports, &[("answer", "Replace"), ("secret", &secret)]), &[(name, &secret)]);
        answers.keep("not understood", visitor.post("save_credential", &form).expect_status(400));
        answers.keep("not understood, posted plainly", visitor.post_plainly("save_credential", &form));
    }
    for kind in [JSON, FORM, "text/plain"] {
        let headers = [("accept", HTML), ("content-type", kind)];
        let body = json!({ "form": "New", "secret": secret }).to_string();
        answers.keep(kind, answered(visitor.say("POST", "/api/save_credential", &headers, &body)));
    }
}

/// Every page, and every server function that only reads, for each number that there is and some more.
fn read_all(visitor: &Visitor, answers: &mut Answers) {
    for (route, _, address) in pages() {
        for number in 1..=6 {
            let tests = (format!("/{number}/"), format!("tests/{number}"));
            let asked = address.replace("/1/", &tests.0).replace("tests/1", &tests.1);
            let answer = visitor.page(&asked);
            assert!(asked != address || answer.status == 200, "{route} at {asked}: {answer:?}");
            answers.keep(asked, answer);
        }
    }
    for format in ["csv", "xlsx", "json"] {
        let asked = format!("/settings/email/smtp/export/{format}?whole=Yes");
        answers.keep(asked.clone(), visitor.page(&asked).expect_status(200));
    }
    let sent = "/settings/email/schedules/runs/1/file";
    answers.keep(sent, visitor.page(sent).expect_status(200));
    let reads = |function: &str| ["load_", "list_", "find_"].iter().any(|verb| function.starts_with(verb));
    let names = functions().map(|(path, ..)| path.trim_start_matches("/api/"));
    for function in names.filter(|name| reads(name)) {
        let mut read = false;
        for number in 1..=6 {
            for form in [json!({ "Edit": number }), json!({ "Duplicate": number }), json!("New")] {
                let answer = visitor.call(function, &arguments(number, form));
                read |= answer.status == 200;
                answers.keep(format!("{function} {number}"), answer);
            }
        }
        assert!(read, "{function} is asked for nothing that is there");
    }
}

/// What any of the functions is asked with: each takes what it knows.
fn arguments(number: usize, form: Value) -> Value {
    json!({
        "id": number, "account": number, "test": number, "form": form, "list": "", "filter": {},
        "chosen": format!("chosen={number}"), "kind": "Disable", "report": "", "draft": {}, "file": "",
        "record_kind": "view",
    })
}

/// Every file of a folder, and what the database has as text.
pub fn look_into(installation: &Installation, search: &Search, when: &str) {
    let mut files = 0;
    let mut folders = vec![installation.data_dir()];
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).expect("it is there") {
            let path = file.expect("it can be read").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // SQLite takes some of its files away by itself.
            let Ok(bytes) = std::fs::read(&path) else { continue };
            search.expect_none(&format!("{}, {when},", path.display()), &bytes);
            files += 1;
        }
    }
    assert!(files > 0);
    if !installation.is_sqlite() {
        search.expect_none(&format!("the database, {when},"), &dump(installation));
    }
}

/// Starts it with everything logged.
fn serve(installation: &Installation, format: &str, secrets: &Path) -> Server {
    let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0", "--log-format", format]);
    program.arg("--secrets-dir").arg(secrets);
    program.env("RUST_LOG", "trace").env(VARIABLE, IN_VARIABLE.secret());
    Server::start(program)
}

fn no_secret_shows_anywhere(installation: &Installation) {
    let (stage, mut search) = (Stage::new(), Search::of(&ALL));
    let secrets = installation.folder.join("secrets");
    std::fs::create_dir(&secrets).expect("it can be made");
    std::fs::write(secrets.join(FILE), format!("{}\n", IN_FILE.secret())).expect("it is written");
    for format in ["text", "json"] {
        let mut answers = Answers::default();
        let server = serve(installation, format, &secrets);
        let look = |when: &str| look_into(installation, &Search::of(&ALL), when);
        let mut visitor = server.visitor();
        match format {
            "text" => {
                visitor = server.set_up();
                fill(&visitor, &stage, &mut answers);
                refuse(&visitor, &stage, &mut answers, look);
            }
            _ => {
                visitor.keep(&server.try_sign_in(EMAIL, PASSWORD).expect_status(200));
                (1..=5).filter(|number| *number != 2).for_each(|number| send(&visitor, number, &mut answers));
            }
        }
        stage.expect_heard(&search);
        stage.add_exchanged(&mut search);
        read_all(&visitor, &mut answers);
        look_into(installation, &search, "while it runs");
        let printed = server.printed();
        server.signal("TERM");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("TRACE") && log.contains("/api/send_test"), "it is a long log: {log}");
        println!("{format}: {} answers, {} octets of log", answers.0.len(), log.len());
        search.expect_none("standard output", printed.as_bytes());
        search.expect_none("the log", log.as_bytes());
        look_into(installation, &search, "at rest");
        for (what, HttpResponse { status, headers, body, octets }) in answers.0 {
            search.expect_none(&format!("{what} ({status})"), format!("{headers:?}").as_bytes());
            search.expect_none(&format!("{what} ({status})"), body.as_bytes());
            search.expect_none(&format!("{what} ({status})"), &octets);
        }
    }
}
