//! What nobody may read: passwords, their hashes, sessions and the set-up link, in pages, logs and files.

use crate::http::{HttpResponse, Visitor};
use crate::installation::{EMAIL, Installation, Server, new_account, run, with};
use crate::search::{absent, is_found};

/// A password that looks different in each way of writing it.
pub const CANARY: &str = "canary \"pässwörd\" & <50%> +/=";

fn session_id(visitor: &Visitor) -> String {
    visitor.cookie_named("posthouse").expect("signed in").to_owned()
}

#[test]
fn pages_and_answers_hold_no_secret() {
    let installation = Installation::sqlite();
    let added = run(installation.program(&["user", "add", EMAIL, "--password-stdin"]), CANARY);
    assert_eq!(added.status.code(), Some(0));
    let server = installation.serve();
    let mut visitor = server.visitor();
    visitor.keep(&server.try_sign_in(EMAIL, CANARY).expect_status(200));
    let id = session_id(&visitor);
    visitor.post("save_account", &new_account("One")).expect_status(200);
    visitor.post_plainly("save_account", &new_account("One"));
    let base = "/settings/email/smtp";
    let mut answers: Vec<(String, HttpResponse)> = [
        base.to_owned(),
        format!("{base}?name=one"),
        format!("{base}/new"),
        format!("{base}/1/edit"),
        format!("{base}/1/duplicate"),
        format!("{base}/1/test"),
        format!("{base}/preferences"),
        format!("{base}/99/edit"),
        "/settings/email/footer".to_owned(),
        "/settings/email/footer/preview".to_owned(),
        "/sign-in".to_owned(),
        "/set-up".to_owned(),
        "/nothing".to_owned(),
    ]
    .into_iter()
    .map(|path| (path.clone(), visitor.page(&path)))
    .collect();
    let nothing = serde_json::json!({});
    for function in ["load_preferences", "load_footer", "load_sign_in", "load_set_up"] {
        answers.push((function.to_owned(), visitor.call(function, &nothing).expect_status(200)));
    }
    assert!(answers[0].1.body.contains("One"), "the report shows what was saved: {:?}", answers[0].1);
    for (path, answer) in answers {
        assert!(answer.status < 500, "{path}: {answer:?}");
        absent(&path, answer.body.as_bytes(), CANARY);
        absent(&path, answer.body.as_bytes(), &id);
        assert!(!answer.body.contains("$argon2") && !answer.body.contains("argon2id"), "{path}");
    }
}

/// Signs in, rightly and wrongly, in all the ways there are.
fn busy(server: &Server, token: &str) -> Vec<String> {
    let form = |password: &str| with(&[], &[("token", token), ("email", EMAIL), ("password", password)]);
    let mut visitor = server.visitor();
    // Refused first: the draft is kept, and the page shown.
    visitor.keep(&visitor.post_plainly("set_up", &with(&form(CANARY), &[("email", "nobody")])));
    visitor.page(&format!("/set-up?token={token}")).expect_status(200);
    visitor.keep(&visitor.post("set_up", &form(CANARY)).expect_status(200));
    let mut ids = vec![session_id(&visitor)];
    for password in [CANARY, &format!("{CANARY} wrong")] {
        let form = [("email", EMAIL), ("password", password)];
        visitor.keep(&visitor.post_plainly("sign_in", &form));
        visitor.keep(&visitor.post("sign_in", &form));
        visitor.page("/sign-in");
        ids.push(session_id(&visitor));
    }
    // Arguments that do not parse can hold it as well.
    visitor.post("sign_in", &[("email[x]", EMAIL), ("password", CANARY)]).expect_status(400);
    visitor.call("load_sign_in", &serde_json::json!({ "password": CANARY }));
    visitor.page("/settings/email/smtp?name=search-canary").expect_status(200);
    visitor.post("save_account", &with(&new_account("One"), &[("draft[sender]", "body-canary@nordhavn.example")]));
    ids
}

#[test]
fn the_log_holds_no_secret_however_much_is_logged() {
    for format in ["text", "json"] {
        let installation = Installation::sqlite();
        let mut program = installation.program(&["serve", "--listen", "127.0.0.1:0", "--log-format", format]);
        program.env("RUST_LOG", "trace");
        let server = Server::start(program);
        let token = server.token();
        let ids = busy(&server, &token);
        server.signal("TERM");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("/api/sign_in") && log.contains("DEBUG"), "it is a long log: {log}");
        absent(format, log.as_bytes(), CANARY);
        for secret in ids.iter().map(String::as_str).chain(["search-canary", "body-canary", "$argon2"]) {
            assert!(!log.contains(secret), "the log holds {secret}: {log}");
        }
        assert!(!log.contains(&token), "the link is not told in the log: {log}");
    }
}

#[test]
fn the_files_hold_no_password() {
    let installation = Installation::sqlite();
    let server = installation.serve();
    busy(&server, &server.token());
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
    assert_eq!(installation.serve().try_sign_in(EMAIL, CANARY).status, 200);
    let mut holds_email = false;
    for file in std::fs::read_dir(installation.data_dir()).expect("it is there") {
        let path = file.expect("it can be read").path();
        let octets = std::fs::read(&path).expect("it can be read");
        absent(&path.display().to_string(), &octets, CANARY);
        holds_email |= is_found(&octets, EMAIL);
    }
    assert!(holds_email, "what is no secret is found");
}
