//! Texts that people pasted: the stage, the cause and whether it may pass, of each; and how well all of them are
//! explained.

mod case;
mod coverage;

use diagnosis::explain;
use serde::Deserialize;

use case::{Case, Verdict};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

fn cases(file: &str) -> Vec<Case> {
    toml::from_str::<Cases>(file).expect("cases").case
}

/// The cases by which rules were made and mended.
fn taught() -> Vec<Case> {
    cases(include_str!("cases.toml"))
}

/// The cases that no rule was mended for.
fn held_out() -> Vec<Case> {
    cases(include_str!("held-out.toml"))
}

#[test]
fn what_people_paste_is_explained() {
    let cases = taught();
    assert!(cases.len() > 220, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        assert!(!case.source.is_empty(), "{}", case.name);
        match case.diagnose() {
            Some(found) if found.verdict == case.expected() && found.temporary == case.temporary => {}
            found => {
                let shown = found.map(|found| (found.shown, found.temporary));
                wrong.push(format!("{}: {shown:?} instead of {:?}, {}", case.name, case.found, case.temporary));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A wrong cause is worse than none.
#[test]
fn what_nobody_has_seen_is_not_explained_wrongly() {
    let verdicts: Vec<_> = held_out().iter().map(|case| case.diagnose().map(|found| found.verdict)).collect();
    assert!(verdicts.len() > 50, "{}", verdicts.len());
    assert!(!verdicts.contains(&Some(Verdict::Wrong)), "{verdicts:?}");
    let explained = verdicts.iter().flatten().filter(|verdict| **verdict <= Verdict::Possible).count();
    assert!(explained * 10 >= verdicts.len() * 9, "{explained} of {}", verdicts.len());
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
