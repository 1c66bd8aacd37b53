//! Who keeps a test waiting, for how long, and why that can be as it should be.

use leptos::prelude::*;
use model::{LiveReport, Stage, TestSend};

/// After so long without an answer it is said who is slow, in milliseconds.
const SLOW: u64 = 5_000;

/// Says nothing while answers come. The seconds are for the eye alone: each of them would be read aloud.
#[component]
pub fn Slow(
    test: TestSend,
    known: RwSignal<LiveReport>,
    /// Milliseconds since what is known was told.
    since: RwSignal<u64>,
) -> impl IntoView {
    let silent = move || known.with(LiveReport::silent_for) / 1_000 + since.get();
    let awaited = Memo::new(move |_| {
        let running = known.with(|known| known.running().map(|(stage, _)| stage));
        running.filter(|_| silent() >= SLOW)
    });
    move || {
        let stage = awaited.get()?;
        let who = test.awaited(stage)?;
        Some(view! {
            <p>
                <b>{format!("{who} has not answered yet")}</b>
                <span aria-hidden="true">{move || format!(" ({} s)", silent() / 1_000)}</span>
                {format!(". Posthouse goes on waiting{} {}", reason(stage), stop(stage))}
            </p>
        })
    }
}

/// Why servers let a client wait at this stage.
const fn reason(stage: Stage) -> &'static str {
    match stage {
        Stage::Greeting => ": some servers greet late on purpose.",
        Stage::Auth => ": some servers answer late after failed sign-ins.",
        Stage::Ehlo | Stage::EhloAgain | Stage::Mail | Stage::Rcpt => ": some servers answer late on purpose.",
        Stage::Data => ": some servers scan a message before they accept it.",
        Stage::Settings | Stage::Connector | Stage::Dns | Stage::Tcp | Stage::Tls | Stage::Quit => ".",
    }
}

const fn stop(stage: Stage) -> &'static str {
    match stage {
        Stage::Data => "“Cancel test” stops it as long as the message has not been handed over.",
        _ => "“Cancel test” stops it.",
    }
}
