//! `posthouse test-send`: the exit code, the words and the JSON, and what the servers heard.

use std::process::Output;

use serde_json::{Value, json};

use crate::drafts::{account, credential};
use crate::installation::{Installation, new_account, run, text, with};
use crate::on_both;
use crate::servers::{ServerBehaviour, mail_server};

on_both! {
    an_account_is_tested_by_its_number_or_its_name
}

const TO: &str = "ops@nordhavn.example";

fn tested(installation: &Installation, words: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        run(installation.program(&[&["test-send", "--to", TO], words].concat()), "");
    (status.code(), text(&stdout), text(&stderr))
}

fn an_account_is_tested_by_its_number_or_its_name(installation: &Installation) {
    let (server, visitor) = installation.served();
    let (port, heard) = mail_server("PLAIN", ServerBehaviour::Accepts);
    let (refuses, _) = mail_server("PLAIN", ServerBehaviour::Repeats("hunter2".to_owned()));
    let secret = [("answer", "Replace"), ("secret", "hunter2")];
    let ports = format!("{port} {refuses}");
    visitor.post("save_credential", &credential("Relay", &ports, &secret)).expect_status(200);
    visitor.post("save_account", &account("Takes", port, "1")).expect_status(200);
    visitor.post("save_account", &account("Refuses it", refuses, "1")).expect_status(200);
    let nobody = [("draft[host]", "127.0.0.1"), ("draft[port]", "1")];
    visitor.post("save_account", &with(&new_account("Nobody"), &nobody)).expect_status(200);

    let stages =
        ["Settings", "Connector", "DNS", "TCP", "Greeting", "EHLO", "TLS", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"];
    let (code, said, log) = tested(installation, &["1"]);
    assert_eq!(code, Some(0), "{said}{log}");
    let lines: Vec<_> = said.lines().collect();
    let shown: Vec<_> = lines.iter().filter_map(|line| line.split_whitespace().next()).take(stages.len()).collect();
    assert_eq!(shown, stages, "{said}");
    assert_eq!(lines.last(), Some(&"The server accepted the message: 250 2.0.0 Ok: queued as 4XyZ1T2Jc3"));
    assert!(!said.contains("hunter2") && !log.contains("hunter2"));

    // Stopped on purpose: the server heard nothing behind that, and nothing was sent.
    for (stage, last, never) in [
        ("connect", "", "EHLO"),
        ("tls", "EHLO", "AUTH"),
        ("sign-in", "AUTH PLAIN", "MAIL FROM"),
        ("recipient", "RCPT TO:<ops@nordhavn.example>", "DATA"),
    ] {
        let before = heard.bytes().len();
        let (code, said, log) = tested(installation, &["Takes", "--stop-after", stage, "--json"]);
        assert_eq!(code, Some(0), "{stage}: {said}{log}");
        let found: Value = serde_json::from_str(&said).expect("it is JSON");
        assert_eq!((&found["taken"], &found["failure"]), (&json!("No"), &Value::Null), "{stage}: {said}");
        assert_eq!(found["stopped_after"], json!(stage.replace('-', "_")), "{said}");
        let left_out =
            found["stages"].as_array().expect("a list").iter().filter(|one| one["fact"] == "Left out on purpose");
        assert!(left_out.count() > 0, "{said}");
        let all = heard.bytes();
        let now = text(&all[before..]);
        assert!(now.contains(last) && !now.contains(never), "{stage}: {now}");
    }
    let page = visitor.page("/settings/email/smtp/1/tests/5").expect_status(200);
    assert!(page.body.contains("Everything up to the recipient works."), "{}", page.body);
    let list = visitor.page("/settings/email/smtp?name=takes").expect_status(200);
    assert!(list.body.contains("Checked"), "{}", list.body);

    let (code, said, _) = tested(installation, &["Refuses it"]);
    assert_eq!(code, Some(18), "{said}");
    assert!(said.contains("\nFailed at AUTH: ") && said.contains("\n1. ") && !said.contains("hunter2"), "{said}");
    let (code, said, _) = tested(installation, &["Nobody", "--json"]);
    let found: Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!((code, &found["failure"]["stage"]), (Some(13), &json!("tcp")), "{said}");

    for (words, why) in [
        (&["No such account"][..], "there is no account “No such account”"),
        (&["99"], "There is no account 99."),
        (&["1", "--stop-after", "lunch"], "A test can stop after connect, tls, sign-in or recipient."),
    ] {
        let (code, said, log) = tested(installation, words);
        assert_eq!((code, said.as_str()), (Some(2), ""), "{log}");
        assert!(log.contains(why), "{log}");
    }
    drop(server);
}
