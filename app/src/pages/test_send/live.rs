//! A test while it goes on: its stages and its conversation as they come, told by the server as it learns of them.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use model::{LiveReport, Stage, TestSend, TestSendId, TestShown};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use super::about;
use super::slow::Slow;
use super::stages::{Stages, Waiting, running_time};
use super::talk::LiveTalk;
use super::window::{Leave, Window, to_the_list};
use crate::api::Fail;
use crate::api::test_sends::{CancelTest, load_live};
use crate::components::icon::Icon;
use crate::components::page::Shared;
use crate::components::problem::Refusal;
use crate::components::time::TimeAgo;
use crate::paths;

/// From question to question where the server's events do not come through.
const POLL: Duration = Duration::from_millis(500);
/// The same for a test that another Posthouse runs.
const ELSEWHERE: Duration = Duration::from_secs(2);
/// How often the running stage's time is shown anew.
const TICK: Duration = Duration::from_millis(100);

/// The window of a test that has no result yet, over the report.
#[component]
pub fn Running(
    shown: TestShown,
    /// It may have a result now.
    ended: Callback<()>,
) -> impl IntoView {
    expect_context::<Shared>().testing.set_value(true);
    view! { <RunningIn shown=shown ended=ended leave=to_the_list() /> }
}

/// The same, wherever the window stands.
#[component]
pub fn RunningIn(shown: TestShown, ended: Callback<()>, leave: Leave) -> impl IntoView {
    let TestShown { test, live, .. } = shown;
    let (title, about) = (test.account_name.clone(), about(&test));
    let content = match live {
        Some(live) => view! { <Going test=test live=live ended=ended /> }.into_any(),
        None => view! { <Elsewhere test=test ended=ended /> }.into_any(),
    };
    view! { <Window title=Signal::stored(title) about=about leave=leave>{content}</Window> }
}

#[component]
fn Going(test: TestSend, live: LiveReport, ended: Callback<()>) -> impl IntoView {
    let id = test.id;
    let known = RwSignal::new(live);
    // Milliseconds since what is known was told.
    let since = RwSignal::new(0_u64);
    follow(id, known, since, ended);
    let doing = Memo::new(move |_| known.with(|known| known.running().map(|(stage, _)| stage)));
    let count = move || {
        let stage = doing.get()?;
        known.with(|known| {
            let place = known.stages.iter().position(|report| report.stage == stage)? + 1;
            Some(format!("Stage {place} of {}. ", known.stages.len()))
        })
    };
    let stages = Memo::new(move |_| known.with(|known| known.stages.clone()));
    let time = Signal::derive(move || {
        let before = known.with(|known| known.running().map_or(0, |(_, took)| took));
        running_time(before / 1_000 + since.get())
    });
    let lines = Memo::new(move |_| known.with(|known| known.lines.clone()));
    let cancel = ServerAction::<CancelTest>::new();
    let refused = move || match cancel.value().get() {
        Some(Err(Fail(problem))) => Some(view! { <Refusal problem=problem heading="Not cancelled" /> }),
        _ => None,
    };
    let list = use_location().search.get_untracked().trim_start_matches('?').to_owned();
    let submit = {
        let list = list.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if !cancel.pending().get_untracked() {
                cancel.dispatch(CancelTest { test: id, list: list.clone() });
            }
        }
    };
    view! {
        <div class="window-body">
            <div class="stack">
                {refused}
                <div role="status">
                    <h2>{move || doing.get().map_or("Going on", Stage::doing)}</h2>
                    <p class="muted">{count} "You can close this window: the test goes on."</p>
                    <Slow test=test known=known since=since />
                </div>
            </div>
            {move || view! { <Stages reports=stages.get() running=time /> }}
            <div class="stack">
                <div class="row">
                    <h2>"Conversation"</h2>
                    <span class="muted">"live"</span>
                </div>
                <LiveTalk lines=lines />
            </div>
        </div>
        <footer class="row">
            <form action="/api/cancel_test" method="post" on:submit=submit>
                <input type="hidden" name="test" value=id.to_string() />
                <input type="hidden" name="list" value=list />
                <button class="btn" aria-disabled=move || cancel.pending().get().then_some("true")>
                    <Icon name="x" />
                    "Cancel test"
                </button>
            </form>
        </footer>
    }
}

/// It runs in another Posthouse, or was lost with one.
#[component]
fn Elsewhere(test: TestSend, ended: Callback<()>) -> impl IntoView {
    Effect::new(move |_| {
        let again = set_timeout_with_handle(move || ended.run(()), ELSEWHERE).ok();
        on_cleanup(move || {
            if let Some(again) = again {
                again.clear();
            }
        });
    });
    let query = use_location().search.get_untracked();
    let look = test.account.map(|account| {
        let href = paths::test_send(account, test.id, &query);
        view! {
            <footer class="row">
                <a class="btn" href=href rel="external"><Icon name="rotate-cw" />"Look again"</a>
            </footer>
        }
    });
    view! {
        <div class="window-body">
            <div class="stack">
                <div class="row align-start note tinted warn">
                    <span class="tone"><Icon name="circle-question-mark" /></span>
                    <div class="stack grow">
                        <h2>"There is no result yet"</h2>
                        <p>
                            "Started " <TimeAgo at=test.sent_at />
                            ", in another Posthouse. If that was stopped meanwhile, whether the message was accepted is not known: look into the mailbox before sending it again."
                        </p>
                    </div>
                </div>
            </div>
            <Waiting way=Stage::way(test.security) running=Signal::stored(false) />
        </div>
        {look}
    }
}

/// Follows the test by the server's events, and by asking where they do not come through.
fn follow(id: TestSendId, known: RwSignal<LiveReport>, since: RwSignal<u64>, ended: Callback<()>) {
    Effect::new(move |_| {
        let learn = move |later: LiveReport| {
            // The window may have been closed meanwhile.
            let _gone = known.try_update(|known| known.learn(later));
            let _gone = since.try_set(0);
        };
        let ticks = set_interval_with_handle(
            move || {
                let _gone = since.try_update(|since| *since += TICK.as_millis() as u64);
            },
            TICK,
        );
        let polls = StoredValue::new_local(None::<IntervalHandle>);
        let ask = move || {
            leptos::task::spawn_local(async move {
                match load_live(id).await {
                    Ok(Some(live)) => learn(live),
                    Ok(None) => _ = ended.try_run(()),
                    // The next question may be answered.
                    Err(_) => {}
                }
            });
        };
        let poll = move || {
            if polls.try_with_value(Option::is_none) == Some(true) {
                polls.set_value(set_interval_with_handle(ask, POLL).ok());
            }
        };
        let events = Events::open(id, learn, ended, poll);
        if events.is_none() {
            poll();
        }
        let events = StoredValue::new_local(events);
        on_cleanup(move || {
            for handle in [ticks.ok(), polls.try_get_value().flatten()].into_iter().flatten() {
                handle.clear();
            }
            // What it holds is closed with it.
            let _closed = events.try_update_value(Option::take);
        });
    });
}

/// The server's events, until it is dropped.
struct Events {
    source: EventSource,
    _listeners: [Closure<dyn FnMut(web_sys::Event)>; 3],
}

impl Events {
    fn open(
        id: TestSendId,
        learn: impl Fn(LiveReport) + 'static,
        ended: Callback<()>,
        failed: impl Fn() + 'static,
    ) -> Option<Self> {
        let source = EventSource::new(&paths::test_events(id)).ok()?;
        let listener = |name: &str, listen: Box<dyn FnMut(web_sys::Event)>| {
            let closure = Closure::wrap(listen);
            source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()).ok()?;
            Some(closure)
        };
        let message = listener(
            "message",
            Box::new(move |event| {
                let text = event.dyn_into::<MessageEvent>().ok().and_then(|event| event.data().as_string());
                if let Some(live) = text.and_then(|text| leptos::serde_json::from_slice(text.as_bytes()).ok()) {
                    learn(live);
                }
            }),
        )?;
        let close = source.clone();
        let end = listener(
            "end",
            Box::new(move |_| {
                close.close();
                let _gone = ended.try_run(());
            }),
        )?;
        let close = source.clone();
        let error = listener(
            "error",
            Box::new(move |_| {
                // Whatever stands in between does not let events through.
                close.close();
                failed();
            }),
        )?;
        Some(Self { source, _listeners: [message, end, error] })
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.source.close();
    }
}
