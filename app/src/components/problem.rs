//! Errors on a page: the summary of a form that was refused, and what could not be loaded.

use leptos::html::Div;
use leptos::prelude::*;
use model::{FieldErrors, Problem};

use super::icon::Icon;
use super::page::{PageHead, Shared, focus};
use super::stale::StaleNote;
use crate::paths;

/// A note in red, with a heading.
#[component]
pub fn BadNote(
    /// Takes the focus when it appears.
    #[prop(optional)]
    focus: bool,
    #[prop(into)] heading: String,
    children: Children,
) -> impl IntoView {
    let note = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let (true, Some(note)) = (focus, note.get()) {
            // A note that has left the page meanwhile needs no focus.
            drop(note.focus());
        }
    });
    view! {
        <div class="row align-start note tinted bad" role="alert" tabindex="-1" node_ref=note>
            <span class="tone"><Icon name="circle-x" /></span>
            <div class="stack grow">
                <h2>{heading}</h2>
                {children()}
            </div>
        </div>
    }
}

/// The answers that need a change, each a link to its field.
#[component]
pub fn ErrorSummary(
    errors: FieldErrors,
    /// What did not happen.
    heading: &'static str,
) -> impl IntoView {
    let heading = errors.summary_of(heading);
    let links = errors.0.into_iter().map(|error| {
        view! {
            <li>
                <FieldLink field=error.field.into_owned() class="tone label">{error.message}</FieldLink>
            </li>
        }
    });
    let links = links.collect_view();
    view! {
        <BadNote focus=true heading=heading>
            <ul>{links}</ul>
        </BadNote>
    }
}

/// A link to a field of the form.
#[component]
pub fn FieldLink(field: String, #[prop(optional)] class: &'static str, children: Children) -> impl IntoView {
    let href = format!("#{field}");
    view! {
        <a class=class href=href rel="external" on:click=move |event| {
            event.prevent_default();
            focus(&field);
        }>{children()}</a>
    }
}

/// Whatever a form was refused for.
#[component]
pub fn Refusal(
    problem: Problem,
    /// What did not happen.
    #[prop(default = "Not saved")]
    heading: &'static str,
) -> impl IntoView {
    match problem {
        Problem::Fields(errors) => view! { <ErrorSummary errors=errors heading=heading /> }.into_any(),
        Problem::Conflict(conflict) => view! { <StaleNote conflict=*conflict /> }.into_any(),
        Problem::SignedOut => view! { <SignedOutNote /> }.into_any(),
        other => {
            let text = other.to_string();
            view! {
                <BadNote focus=true heading=heading>
                    <p>{text}</p>
                </BadNote>
            }
            .into_any()
        }
    }
}

/// The session has ended while the form was being filled in.
#[component]
fn SignedOutNote() -> impl IntoView {
    let shared: Shared = expect_context();
    Effect::new(move |_| shared.signed_out.set(true));
    view! {
        <BadNote heading="Not saved: your session has ended">
            <p>"Sign in again, then press the button once more. Nothing typed is lost."</p>
            <div class="row">
                <button class="btn" type="button" on:click=move |_| shared.signed_out.set(true)>"Sign in again"</button>
            </div>
        </BadNote>
    }
}

fn not_loaded(problem: &Problem) -> &'static str {
    match problem {
        Problem::NotFound(_) => "Not found",
        Problem::SignedOut => "You are signed out",
        _ => "This could not be loaded",
    }
}

/// A whole page that could not be loaded.
#[component]
pub fn PageNotLoaded(problem: Problem, retry: Callback<()>) -> impl IntoView {
    let title = not_loaded(&problem).to_owned();
    view! {
        <PageHead title=Signal::stored(title)>"Settings · Email"</PageHead>
        <div class="card"><Trouble problem=problem retry=retry /></div>
    }
}

/// A list that could not be loaded. It never looks empty.
#[component]
pub fn NotLoaded(
    problem: Problem,
    /// Loads it once more.
    retry: Callback<()>,
) -> impl IntoView {
    let heading = not_loaded(&problem);
    view! { <Trouble problem=problem retry=retry heading=heading /> }
}

/// What went wrong, and the way on; under its own heading where the page has none that says it.
#[component]
fn Trouble(problem: Problem, retry: Callback<()>, #[prop(optional)] heading: &'static str) -> impl IntoView {
    let shared: Shared = expect_context();
    let waits = matches!(problem, Problem::SignedOut);
    // Signing in again, or being online again, has it asked for once more.
    Effect::new(move |before: Option<u32>| {
        let now = shared.changes.get();
        match before {
            None if waits => shared.signed_out.set(true),
            Some(before) if before != now => retry.run(()),
            _ => {}
        }
        now
    });
    let action = match problem {
        Problem::SignedOut => {
            view! { <a class="btn primary" href=paths::SIGN_IN rel="external">"Sign in"</a> }.into_any()
        }
        Problem::NotFound(_) => view! { <a class="btn" href=paths::REPORT>"To the SMTP accounts"</a> }.into_any(),
        _ => {
            // Without WebAssembly the same address loads the page again.
            view! {
                <a class="btn" href="" rel="external" on:click=move |event| {
                    event.prevent_default();
                    retry.run(());
                }>"Retry"</a>
            }
            .into_any()
        }
    };
    view! {
        <div class="stack empty" role="alert">
            <Icon name="triangle-alert" />
            {(!heading.is_empty()).then(|| view! { <h2>{heading}</h2> })}
            <p>{problem.to_string()}</p>
            {action}
        </div>
    }
}
