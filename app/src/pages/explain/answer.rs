//! What came of a text: its cause, what shows it and what to do; or that nothing in it failed.

use leptos::prelude::*;
use model::{ExplainDraft, Explained, Explanation, Problem};

use super::examples::{EXAMPLES, Example};
use super::{ANSWER, FORM};
use crate::api::Fail;
use crate::components::icon::Icon;
use crate::components::list::latest::Latest;
use crate::components::note::note;
use crate::components::page::Shared;
use crate::components::problem::NotLoaded;
use crate::pages::test_send::result::{Diagnosed, fact, possibility};

/// The newest answer, whose heading is announced.
pub fn answer(latest: Latest<ExplainDraft, Explanation>, show: Callback<&'static str>) -> AnyView {
    let retry = Callback::new(move |()| latest.ask_again());
    let says = move || {
        latest.with(|answer| match answer {
            Some(Ok(Explanation::Failed(found))) => heading(found),
            Some(Ok(Explanation::NothingFailed)) => NOTHING_FAILED.to_owned(),
            _ => String::new(),
        })
    };
    let shown = move || {
        latest.with(|answer| match answer {
            Some(Ok(Explanation::Failed(found))) => failed(found),
            Some(Ok(Explanation::NothingFailed)) => nothing_failed(),
            // A field says what is wrong.
            None | Some(Ok(Explanation::NothingPasted) | Err(Fail(Problem::Fields(_)))) => nothing_pasted(show),
            Some(Err(Fail(problem))) => view! { <NotLoaded problem=problem.clone() retry=retry /> }.into_any(),
        })
    };
    let searching = latest.searching();
    view! {
        <section
            class="card stack section"
            id=ANSWER
            tabindex="-1"
            class:searching=searching
            aria-label="What it means"
            aria-busy=move || searching.get().to_string()
        >
            <p class="visually-hidden" role="status">{says}</p>
            {shown}
        </section>
    }
    .into_any()
}

const NOTHING_FAILED: &str = "No error found in this text";

fn heading(found: &Explained) -> String {
    let likely = if found.assumed { "Failed, likely at" } else { "Failed at" };
    format!("{likely} {}: {}", found.stage.label(), found.diagnosis.cause)
}

fn failed(found: &Explained) -> AnyView {
    let heading = heading(found);
    let Explained { stage, assumed, said, reply: _, diagnosis } = found.clone();
    let steps = diagnosis.fixes.iter().map(|fix| view! { <li>{fix.text.clone()}</li> }).collect_view().into_any();
    let possible = diagnosis.possibilities.iter().cloned();
    let possible = possible.map(|one| possibility(one, None)).collect_view().into_any();
    let likely = assumed.then(|| view! { <span class="subtext">"Likely: the text does not say where"</span> });
    let stage = fact("Stage", view! { <b>{stage.label()}</b> {likely} });
    view! {
        <div class="stack">
            <Diagnosed
                heading=heading
                diagnosis=diagnosis
                possible=possible
                steps=steps
                said=Some(said)
                facts=stage
                role="note"
            />
        </div>
    }
    .into_any()
}

fn nothing_failed() -> AnyView {
    let words = view! {
        <p>
            "Nothing in it says that something was refused. Paste the server’s own words, such as 550 5.1.1 User unknown, or those of the program that failed."
        </p>
    };
    note("good", "circle-check", "note", NOTHING_FAILED, words)
}

/// The way to begin. Without WebAssembly an example is sent by its button.
fn nothing_pasted(show: Callback<&'static str>) -> AnyView {
    let shared: Shared = expect_context();
    let examples = EXAMPLES.map(|Example { key, label, text }| {
        let press = move |event: leptos::ev::MouseEvent| {
            if shared.started.get_untracked() {
                event.prevent_default();
                show.run(text);
            }
        };
        view! { <button class="btn" form=FORM name="example" value=key on:click=press>{label}</button> }
    });
    view! {
        <div class="stack empty">
            <Icon name="circle-question-mark" />
            <h2>"Paste what went wrong"</h2>
            <p>"The answer appears here: why it failed, whether it lasts, and what to do. Or try an example:"</p>
            <div class="row">{examples.into_iter().collect_view()}</div>
        </div>
    }
    .into_any()
}
