//! `posthouse explain`: a reply or a conversation on standard input or in a file, its cause in words and as JSON.

use std::process::Output;

use serde_json::{Value, json};

use crate::installation::{Installation, run, text};

fn explained(installation: &Installation, words: &[&str], pasted: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = run(installation.program(&[&["explain"], words].concat()), pasted);
    (status.code(), text(&stdout), text(&stderr))
}

#[test]
fn a_pasted_reply_is_explained() {
    let installation = Installation::sqlite();
    let (code, said, log) = explained(&installation, &[], "550 5.1.1 <to@example.org>: User unknown\n");
    assert_eq!(code, Some(0), "{said}{log}");
    assert!(said.starts_with("At RCPT (likely: the text does not say where): "), "{said}");
    assert!(said.contains("The account itself works"), "{said}");

    let (code, said, _) = explained(&installation, &["--stage", "data"], "571 Not by the moon\x1b[31m\n");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.starts_with("At DATA: the server refused; why is not known"), "{said}");
    assert!(!said.contains('\x1b'), "what was pasted cannot act on a terminal");

    let (code, said, _) = explained(&installation, &["--stage", "rcpt"], "550 Not by the moon\n");
    assert_eq!(code, Some(1), "a possible cause is none that was named: {said}");
    assert!(
        said.contains("\nPossible causes:\n- There is no such recipient. The code 550 at RCPT speaks for it."),
        "{said}"
    );
    let (_, said, _) = explained(&installation, &["--stage", "rcpt", "--json"], "550 Not by the moon\n");
    let found: Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(found["possibilities"][0]["key"], json!("no-such-recipient"), "{said}");

    let google = "535-5.7.8 Username and Password not accepted.\n535 5.7.8 gsmtp";
    let (code, said, _) = explained(&installation, &["--host", "smtp.gmail.com", "--json"], google);
    let found: Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!((code, &found["provider"], &found["stage"]), (Some(0), &json!("Gmail"), &json!("auth")));
}

#[test]
fn what_cannot_be_explained_is_an_error_that_says_what_to_paste() {
    let installation = Installation::sqlite();
    for (words, pasted, said) in [
        (vec![], "220 mx.example ESMTP\n", "nothing in this text says that something failed"),
        (vec!["nothing-there.txt"], "", "the file nothing-there.txt cannot be read"),
        (vec!["--stage", "noon"], "", "it is one of settings, connector, dns"),
    ] {
        let (code, _, log) = explained(&installation, &words, pasted);
        assert_eq!(code, Some(2), "{log}");
        assert!(log.contains(said), "{log}");
    }
}
