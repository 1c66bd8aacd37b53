//! The fields of the form, each bound to its answer in the draft. Rules are the model's; here they are only shown.

use leptos::prelude::*;
use model::{AccountDraft, FieldErrors, YesNo};

use crate::components::field::{Kind, TextField, YesNoField};

/// The draft that is being written, and what is wrong with it so far.
#[derive(Clone, Copy)]
pub struct Draft {
    pub answers: RwSignal<AccountDraft>,
    pub errors: RwSignal<FieldErrors>,
}

type Get<T> = fn(&AccountDraft) -> &T;
type GetMut<T> = fn(&mut AccountDraft) -> &mut T;

/// Where an answer stands in the draft.
pub struct Place<T: 'static> {
    pub name: &'static str,
    pub get: Get<T>,
    pub get_mut: GetMut<T>,
}

/// The place of the answer of this name.
macro_rules! place {
    ($field:ident) => {
        $crate::pages::account::fields::Place {
            name: stringify!($field),
            get: |draft| &draft.$field,
            get_mut: |draft| &mut draft.$field,
        }
    };
}
pub(super) use place;

impl Draft {
    pub fn error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.errors.with(|errors| errors.get(name).map(str::to_owned)))
    }

    /// Changes an answer. A message goes away as soon as the answer is right.
    pub fn set<T>(self, place: &Place<T>, value: T) {
        let get_mut = place.get_mut;
        self.answers.update(|draft| *get_mut(draft) = value);
        if self.errors.with_untracked(|errors| errors.0.is_empty()) {
            return;
        }
        let now = self.answers.with_untracked(AccountDraft::parse).err().unwrap_or_default();
        let name = place.name;
        // Another answer can be wrong because of this one, as Default is where Enabled becomes No.
        self.errors.update(|errors| {
            errors.0.retain(|error| error.field != name || now.get(name).is_some());
            if name == "enabled" && now.get("default").is_none() {
                errors.0.retain(|error| error.field != "default");
            }
        });
    }

    /// Checks the field that was left.
    pub fn check(self, name: &'static str) {
        let now = self.answers.with_untracked(AccountDraft::parse).err().unwrap_or_default();
        let message = now.0.into_iter().find(|error| error.field == name);
        self.errors.update(|errors| {
            errors.0.retain(|error| error.field != name);
            errors.0.extend(message);
        });
    }
}

/// A text answer.
#[component]
pub fn Text(
    draft: Draft,
    place: Place<String>,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    #[prop(optional)] kind: Kind,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let Place { name, get, get_mut } = place;
    view! {
        <TextField
            name=name
            form_name=format!("draft[{name}]")
            label=label
            help=help
            kind=kind
            class=class
            value=Signal::derive(move || draft.answers.with(|answers| get(answers).clone()))
            error=draft.error(name)
            on_input=Callback::new(move |text| draft.set(&Place { name, get, get_mut }, text))
            on_leave=Callback::new(move |name| draft.check(name))
        />
    }
}

/// A Yes/No answer.
#[component]
pub fn Question(
    draft: Draft,
    place: Place<YesNo>,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    #[prop(optional, into)] off: Signal<bool>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let Place { name, get, get_mut } = place;
    view! {
        <YesNoField
            name=name
            form_name=format!("draft[{name}]")
            label=label
            help=help
            class=class
            yes=Signal::derive(move || draft.answers.with(|answers| get(answers).is_yes()))
            error=draft.error(name)
            off=off
            on_change=Callback::new(move |yes: bool| draft.set(&Place { name, get, get_mut }, YesNo::from(yes)))
        />
    }
}
