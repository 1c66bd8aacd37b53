//! Texts that people pasted: the stage, the cause and whether it may pass, of each.

use diagnosis::explain;
use model::Stage;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What was known besides the text.
    stage: Option<String>,
    host: Option<String>,
    input: String,
    /// The stage, and the name of the cause.
    found: (String, String),
    temporary: bool,
    source: String,
}

#[test]
fn what_people_paste_is_explained() {
    let Cases { case } = toml::from_str(include_str!("cases.toml")).expect("cases");
    assert!(case.len() > 120, "{}", case.len());
    let mut wrong = Vec::new();
    for Case { name, stage, host, input, found, temporary, source } in case {
        assert!(!source.is_empty(), "{name}");
        let stage = stage.and_then(|stage| Stage::from_key(&stage));
        let is = explain(&input, host.as_deref(), stage)
            .map(|is| ((is.stage.key().to_owned(), is.diagnosis.key), is.diagnosis.temporary));
        if is.as_ref() != Some(&(found.clone(), temporary)) {
            wrong.push(format!("{name}: {is:?} instead of {found:?}, {temporary}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_text_in_which_nothing_failed_is_not_explained() {
    for text in [
        "Please find the minutes attached. We met at 12:30 in room 550 and agreed on 421 points.",
        "2026-01-01 10:00:00 status=sent (250 2.0.0 Ok: queued as 4F1)",
        "version 5.1.1 of the program; port 587, size 451 kB",
        "220 mx.example ESMTP\nEHLO me\n250 mx.example\nMAIL FROM:<a@b.example>\n250 ok\nQUIT\n221 bye",
    ] {
        assert_eq!(explain(text, None, None), None, "{text}");
    }
}
