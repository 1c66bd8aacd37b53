//! The controls of a form: a label, the control, its help, and the message beside it.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::html::{Input, Textarea};
use leptos::prelude::*;

use super::icon::Icon;
use super::page::{NOT_STARTED, Shared};

/// The message beside a field.
#[component]
pub fn FieldError(name: &'static str, #[prop(into)] error: Signal<Option<String>>) -> impl IntoView {
    move || {
        error.get().map(|message| {
            view! {
                <span class="field-error align-start label bad tone" id=format!("{name}-e")>
                    <Icon name="circle-x" />
                    {message}
                </span>
            }
        })
    }
}

/// The ids that describe a field: its help, and its message while there is one.
pub fn described(name: &'static str, error: Signal<Option<String>>) -> impl Fn() -> String + Clone {
    move || if error.with(Option::is_some) { format!("{name}-h {name}-e") } else { format!("{name}-h") }
}

/// Whether a control that does not apply is off: only once WebAssembly runs, which can switch it on again. Until then
/// its help says when it applies, and the rules leave its answer out.
pub fn switched_off(off: Signal<bool>) -> impl Fn() -> bool + Copy {
    let shared: Shared = expect_context();
    move || off.get() && shared.started.get()
}

/// How a text is typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Text,
    /// An address; the browser's own check stays out of it.
    Email,
    Numeric,
    Password,
    NewPassword,
    /// Several lines.
    Lines(u32),
}

/// Binds a control to the page's value. What was typed before WebAssembly ran is taken over; from then on the control
/// shows the page's value. A control that is made later takes nothing over: where a list's rows change, its element may
/// have been another row's.
pub fn bind<T: PartialEq + Clone + Send + Sync + 'static>(
    value: Signal<T>,
    read: impl Fn() -> Option<T> + 'static,
    write: impl Fn(&T) + 'static,
    adopt: impl Fn(T) + 'static,
) {
    let hydrating = Owner::current_shared_context().is_some_and(|context| context.during_hydration());
    Effect::new(move |bound: Option<bool>| {
        let wanted = value.get();
        let Some(shown) = read() else {
            return false;
        };
        match bound {
            _ if shown == wanted => {}
            None | Some(false) if hydrating => adopt(shown),
            _ => write(&wanted),
        }
        true
    });
}

/// A press that takes longer than this counts as done.
const PRESS: Duration = Duration::from_secs(1);

/// Runs it at once; where something is being pressed, as soon as that is done: what moves meanwhile loses the press.
fn after_press(run: impl FnOnce() + 'static) {
    let run = Rc::new(Cell::new(Some(run)));
    let once = move || {
        if let Some(run) = run.take() {
            run();
        }
    };
    if document().query_selector("body :active").ok().flatten().is_none() {
        return set_timeout(once, Duration::ZERO);
    }
    let pressed = Rc::new(Cell::new(None::<WindowListenerHandle>));
    let (handle, after) = (pressed.clone(), once.clone());
    pressed.set(Some(window_event_listener(leptos::ev::click, move |_| {
        if let Some(handle) = handle.take() {
            handle.remove();
        }
        set_timeout(after.clone(), Duration::ZERO);
    })));
    set_timeout(
        move || {
            if let Some(handle) = pressed.take() {
                handle.remove();
                once();
            }
        },
        PRESS,
    );
}

/// Binds whichever of the two controls the field has.
fn bind_text(value: Signal<String>, line: NodeRef<Input>, lines: NodeRef<Textarea>, adopt: impl Fn(String) + 'static) {
    bind(
        value,
        move || line.get().map(|line| line.value()).or_else(|| lines.get().map(|lines| lines.value())),
        move |text| {
            if let Some(line) = line.get_untracked() {
                line.set_value(text);
            }
            if let Some(lines) = lines.get_untracked() {
                lines.set_value(text);
            }
        },
        adopt,
    );
}

/// A text field. Its value lives in the page; the form sends it under `form_name`.
#[component]
pub fn TextField(
    /// The field's name among the errors, and its id.
    name: &'static str,
    #[prop(into)] form_name: String,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] kind: Kind,
    /// It does not apply: the control is off, and its help says why.
    #[prop(optional, into)]
    off: Signal<bool>,
    /// Layout classes beside `field`.
    #[prop(optional)]
    class: &'static str,
    /// The most that the browser takes, in UTF-16 code units, where a longer text would hold it up; for several lines.
    #[prop(optional)]
    max_length: Option<usize>,
    /// What the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    #[prop(optional, into)] on_input: Option<Callback<String>>,
    /// The field was left.
    #[prop(optional, into)]
    on_leave: Option<Callback<&'static str>>,
) -> impl IntoView {
    let described = described(name, error);
    let wrong = move || error.with(Option::is_some).then_some("true");
    let typed = move |text: String| {
        if let Some(on_input) = on_input {
            on_input.run(text);
        }
    };
    // A field that has the focus while its page is left is left too: by then nothing may listen any more.
    let left = move |_| {
        let check = move || {
            if let (Some(on_leave), Some(_)) = (on_leave, value.try_get_untracked()) {
                on_leave.run(name);
            }
        };
        after_press(check);
    };
    let (line, lines) = (NodeRef::<Input>::new(), NodeRef::<Textarea>::new());
    bind_text(value, line, lines, typed);
    let control = match kind {
        Kind::Lines(rows) => view! {
            <textarea
                node_ref=lines
                class="input"
                id=name
                name=form_name
                rows=rows.to_string()
                maxlength=max_length.map(|most| most.to_string())
                disabled=switched_off(off)
                aria-describedby=described
                aria-invalid=wrong
                on:input:target=move |event| typed(event.target().value())
                on:blur=left
            >
                {crate::as_raw_text(value.get_untracked())}
            </textarea>
        }
        .into_any(),
        kind => {
            let secret = matches!(kind, Kind::Password | Kind::NewPassword);
            let open = RwSignal::new(false);
            let input_type = move || match kind {
                Kind::Password | Kind::NewPassword if !open.get() => "password",
                Kind::Email => "email",
                _ => "text",
            };
            let input = view! {
                <input
                    class="input"
                    id=name
                    name=form_name
                    type=input_type
                    inputmode=(kind == Kind::Numeric).then_some("numeric")
                    autocomplete=autocomplete
                    spellcheck="false"
                    autocapitalize="none"
                    value=value.get_untracked()
                    node_ref=line
                    disabled=switched_off(off)
                    aria-describedby=described
                    aria-invalid=wrong
                    on:input:target=move |event| typed(event.target().value())
                    on:blur=left
                />
            };
            if secret {
                view! { <div class="row secret-input">{input} <Reveal open=open what=label /></div> }.into_any()
            } else {
                input.into_any()
            }
        }
    };
    view! {
        <div class=format!("field {class}")>
            <label for=name>{label}</label>
            {control}
            <span class="help" id=format!("{name}-h")>{help.run()}</span>
            <FieldError name=name error=error />
        </div>
    }
}

/// Shows a password while it is being typed.
#[component]
fn Reveal(open: RwSignal<bool>, what: &'static str) -> impl IntoView {
    let shared: Shared = expect_context();
    let waits = move || !shared.started.get();
    view! {
        <button
            class="btn"
            type="button"
            aria-pressed=move || open.get().to_string()
            aria-label=format!("Show {}", what.to_lowercase())
            disabled=waits
            title=move || waits().then_some(NOT_STARTED)
            on:click=move |_| open.update(|open| *open = !*open)
        >
            {move || if open.get() { "Hide" } else { "Show" }}
        </button>
    }
}

/// A Yes/No question: two radio buttons.
#[component]
pub fn YesNoField(
    name: &'static str,
    #[prop(into)] form_name: String,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    #[prop(into)] yes: Signal<bool>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// It does not apply: the control is off, and its help says why.
    #[prop(optional, into)]
    off: Signal<bool>,
    #[prop(optional)] class: &'static str,
    on_change: Callback<bool>,
) -> impl IntoView {
    let described = described(name, error);
    let option = |answer: bool| {
        let text = if answer { "Yes" } else { "No" };
        let id = answer.then_some(name);
        let radio = NodeRef::<Input>::new();
        bind(
            Signal::derive(move || yes.get() == answer),
            move || radio.get().map(|radio| radio.checked()),
            move |chosen| {
                if let Some(radio) = radio.get_untracked() {
                    radio.set_checked(*chosen);
                }
            },
            move |chosen| {
                if chosen {
                    on_change.run(answer);
                }
            },
        );
        view! {
            <label>
                <input
                    type="radio"
                    id=id
                    name=form_name.clone()
                    value=text
                    checked=yes.get_untracked() == answer
                    node_ref=radio
                    disabled=switched_off(off)
                    on:change=move |_| on_change.run(answer)
                />
                <Icon name="check" />
                {text}
            </label>
        }
    };
    let (yes_option, no_option) = (option(true), option(false));
    view! {
        <div
            class=format!("yes-no {class}")
            role="radiogroup"
            aria-labelledby=format!("{name}-l")
            aria-describedby=described
        >
            <span class="label" id=format!("{name}-l")>{label}</span>
            <span class="help" id=format!("{name}-h")>{help.run()}</span>
            <span class="segmented">{yes_option} {no_option}</span>
            <FieldError name=name error=error />
        </div>
    }
}
