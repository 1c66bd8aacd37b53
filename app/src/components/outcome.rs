//! How something ended: an icon and a word.

use leptos::prelude::*;
use model::TestEnd;

use super::icon::Icon;

/// `tone` is a class: "tone good", "muted".
pub fn outcome(tone: &'static str, icon: &'static str, words: impl Into<String>) -> AnyView {
    view! { <span class=format!("outcome label {tone}")><Icon name=icon />{words.into()}</span> }.into_any()
}

/// The tone and the icon of a test's end; None while it runs.
pub const fn of_test(ended: Option<TestEnd>) -> (&'static str, &'static str) {
    match ended {
        None => ("muted", "loader-circle"),
        Some(TestEnd::Accepted | TestEnd::Checked) => ("tone good", "circle-check"),
        Some(TestEnd::Failed) => ("tone bad", "circle-x"),
        Some(TestEnd::Unknown) => ("tone warn", "circle-question-mark"),
        Some(TestEnd::Cancelled) => ("muted", "circle-dashed"),
    }
}
