//! The conversation, line by line: when, who, and whether it travelled encrypted.

use leptos::prelude::*;
use model::{Speaker, TranscriptLine};

use crate::components::icon::Icon;

#[component]
pub fn Talk(lines: Vec<TranscriptLine>) -> impl IntoView {
    if lines.is_empty() {
        return view! { <p class="muted">"Nothing was said."</p> }.into_any();
    }
    let lines = with_beginning(lines).into_iter().map(|(line, begins)| said(line, begins));
    view! { <ol class="card transcript mono">{lines.collect_view()}</ol> }.into_any()
}

/// The conversation as it grows.
#[component]
pub fn LiveTalk(#[prop(into)] lines: Signal<Vec<TranscriptLine>>) -> impl IntoView {
    let numbered = move || with_beginning(lines.get()).into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <ol class="card transcript mono">
            <For each=numbered key=|(number, _)| *number let((_, (line, begins)))>
                {said(line, begins)}
            </For>
        </ol>
    }
}

/// Each line, and whether encryption begins with it.
fn with_beginning(lines: Vec<TranscriptLine>) -> Vec<(TranscriptLine, bool)> {
    let mut encrypted = false;
    let mut begins = |line: &TranscriptLine| line.encrypted && !std::mem::replace(&mut encrypted, line.encrypted);
    lines
        .into_iter()
        .map(|line| {
            let begins = begins(&line);
            (line, begins)
        })
        .collect()
}

fn said(line: TranscriptLine, begins: bool) -> AnyView {
    let (letter, who, class) = match line.speaker {
        Speaker::Client => ("C", "Client: ", "client"),
        Speaker::Server => ("S", "Server: ", ""),
        Speaker::Note => ("·", "", "muted"),
    };
    if begins && line.speaker == Speaker::Note {
        return view! { <li class="encryption-start good tone label"><Icon name="lock" />" "{line.text}</li> }
            .into_any();
    }
    let class = format!("{class}{}", if line.encrypted { " encrypted" } else { "" });
    view! {
        <li class=class>
            <span class="muted">{seconds(line.at)}</span>
            <b aria-hidden="true">{letter}</b>
            <span><span class="visually-hidden">{who}</span>{line.text}</span>
        </li>
    }
    .into_any()
}

/// "0.349": of microseconds.
pub fn seconds(at: u64) -> String {
    format!("{}.{:03}", at / 1_000_000, at / 1_000 % 1_000)
}

/// The conversation as text, to be copied.
pub fn as_text(lines: &[TranscriptLine]) -> String {
    let line = |line: &TranscriptLine| {
        let who = match line.speaker {
            Speaker::Client => "C",
            Speaker::Server => "S",
            Speaker::Note => "·",
        };
        format!("{} {who} {}\n", seconds(line.at), line.text)
    };
    lines.iter().map(line).collect()
}
