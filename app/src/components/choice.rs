//! Controls that choose one of several: a drop-down, and radio buttons that say what each choice means.

use leptos::html::{Input, Select};
use leptos::prelude::*;

use super::field::{FieldError, bind, described, switched_off};

/// A drop-down. Its value lives in the page; the form sends it under `form_name`.
#[component]
pub fn SelectField(
    /// The field's name among the errors, and its id.
    name: &'static str,
    #[prop(into)] form_name: String,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    /// Each value, and the words for it.
    options: Vec<(String, String)>,
    #[prop(into)] value: Signal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// It does not apply: the control is off, and its help says why.
    #[prop(optional, into)]
    off: Signal<bool>,
    #[prop(optional)] class: &'static str,
    on_change: Callback<String>,
) -> impl IntoView {
    let select = NodeRef::<Select>::new();
    bind(
        value,
        move || select.get().map(|select| select.value()),
        move |value| {
            if let Some(select) = select.get_untracked() {
                select.set_value(value);
            }
        },
        move |value| on_change.run(value),
    );
    let chosen = value.get_untracked();
    let options = options.into_iter().map(|(value, words)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{words}</option> }
    });
    view! {
        <div class=format!("field {class}")>
            <label for=name>{label}</label>
            <select
                class="input"
                id=name
                name=form_name
                node_ref=select
                disabled=switched_off(off)
                aria-describedby=described(name, error)
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:change:target=move |event| on_change.run(event.target().value())
            >
                {options.collect_view()}
            </select>
            <span class="help" id=format!("{name}-h")>{help.run()}</span>
            <FieldError name=name error=error />
        </div>
    }
}

/// One of the choices of a [`PickField`].
#[derive(Clone)]
pub struct Choice<T: 'static> {
    pub answer: T,
    /// The form's value.
    pub key: &'static str,
    pub label: &'static str,
    /// What it means.
    pub words: String,
}

/// Radio buttons, each with what it means.
#[component]
pub fn PickField<T: Copy + PartialEq + Send + Sync + 'static>(
    name: &'static str,
    #[prop(into)] form_name: String,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    choices: Vec<Choice<T>>,
    #[prop(into)] chosen: Signal<T>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] off: Signal<bool>,
    #[prop(optional)] class: &'static str,
    on_change: Callback<T>,
) -> impl IntoView {
    let choices = choices.into_iter().enumerate().map(|(n, Choice { answer, key, label, words })| {
        let radio = NodeRef::<Input>::new();
        bind(
            Signal::derive(move || chosen.get() == answer),
            move || radio.get().map(|radio| radio.checked()),
            move |checked| {
                if let Some(radio) = radio.get_untracked() {
                    radio.set_checked(*checked);
                }
            },
            move |checked| {
                if checked {
                    on_change.run(answer);
                }
            },
        );
        view! {
            <label>
                <input
                    type="radio"
                    id=(n == 0).then_some(name)
                    name=form_name.clone()
                    value=key
                    checked=chosen.get_untracked() == answer
                    node_ref=radio
                    disabled=switched_off(off)
                    on:change=move |_| on_change.run(answer)
                />
                <span>{label}<small>{words}</small></span>
            </label>
        }
    });
    let choices = choices.collect_view();
    view! {
        <div
            class=format!("row choice-cards {class}")
            role="radiogroup"
            aria-labelledby=format!("{name}-l")
            aria-describedby=described(name, error)
        >
            <span class="label full-width" id=format!("{name}-l")>{label}</span>
            {choices}
            <span class="help full-width" id=format!("{name}-h")>{help.run()}</span>
            <FieldError name=name error=error />
        </div>
    }
}
