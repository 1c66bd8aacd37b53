//! The fields of a form, each bound to its answer in the draft. Rules are the model's; here they are only shown.

use leptos::prelude::*;
use model::{AccountDraft, ConnectorDraft, CredentialDraft, FieldErrors, Problem, ScheduleDraft, TestSendDraft, YesNo};
use serde::de::DeserializeOwned;

use crate::api::RestoredForm;
use crate::components::field::{Kind, TextField, YesNoField};

/// A form as it was typed.
pub trait Answers: Clone + Send + Sync + 'static {
    /// The fields whose messages can go away where other answers change.
    const FOLLOWING: &'static [Following] = &[];

    /// Every answer that is wrong, by the rules that need no other record.
    fn wrong(&self) -> FieldErrors;
}

/// A record's form as it was typed, which can be compared with the record.
pub trait RecordAnswers: Answers + DeserializeOwned {
    /// How many answers differ.
    fn count_differences(&self, other: &Self) -> usize;
}

/// Fields whose rules read other answers, too.
pub struct Following {
    /// The answers that change.
    answers: &'static [&'static str],
    /// The fields whose messages can go away by that.
    fields: &'static [&'static str],
}

/// `following!(Draft: a, b => c, d)`: c and d depend on a and b. A name that the draft does not have is refused by the
/// compiler.
macro_rules! following {
    ($draft:ty: $($answer:ident),+ => $($field:ident),+) => {{
        const _: fn(&$draft) = |draft| {
            $(let _ = &draft.$answer;)+
            $(let _ = &draft.$field;)+
        };
        Following { answers: &[$(stringify!($answer)),+], fields: &[$(stringify!($field)),+] }
    }};
}

macro_rules! record_answers {
    ($($draft:ty),*) => {$(
        impl RecordAnswers for $draft {
            fn count_differences(&self, other: &Self) -> usize {
                self.differences(other).len()
            }
        }
    )*};
}
record_answers!(AccountDraft, ConnectorDraft, CredentialDraft, ScheduleDraft);

impl Answers for TestSendDraft {
    fn wrong(&self) -> FieldErrors {
        self.parse().err().unwrap_or_default()
    }
}

impl Answers for AccountDraft {
    const FOLLOWING: &'static [Following] = &[
        following!(AccountDraft: enabled => default),
        following!(AccountDraft: safe_connection, ignore_certificate, trust => pin, ca),
        following!(AccountDraft: authentication => credential),
        following!(AccountDraft: use_connector => connector),
        // A credential may be right for one server and wrong for another.
        following!(AccountDraft: host, port, safe_connection, tls_type, mechanism => credential),
        following!(AccountDraft: ignore_certificate, trust, pin, ca, use_connector, connector => credential),
    ];

    fn wrong(&self) -> FieldErrors {
        self.parse().err().unwrap_or_default()
    }
}

impl Answers for CredentialDraft {
    const FOLLOWING: &'static [Following] = &[following!(CredentialDraft: user_name => pasted)];

    fn wrong(&self) -> FieldErrors {
        self.parse(&[]).err().unwrap_or_default()
    }
}

impl Answers for ConnectorDraft {
    const FOLLOWING: &'static [Following] = &[following!(ConnectorDraft: authentication, host, port => credential)];

    fn wrong(&self) -> FieldErrors {
        self.parse().err().unwrap_or_default()
    }
}

impl Answers for ScheduleDraft {
    const FOLLOWING: &'static [Following] = &[following!(ScheduleDraft: rhythm => minute, time, days, day, cron)];

    fn wrong(&self) -> FieldErrors {
        self.parse().err().unwrap_or_default()
    }
}

/// The draft that is being written, and what is wrong with it so far.
pub struct Draft<D: Answers> {
    pub answers: RwSignal<D>,
    pub errors: RwSignal<FieldErrors>,
    /// Why it was refused last. The summary belongs to a press on the button; while one types, the words beside the
    /// fields are enough.
    pub problem: RwSignal<Option<Problem>>,
}

// A handle, whatever it is a handle to.
impl<D: Answers> Clone for Draft<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: Answers> Copy for Draft<D> {}

/// Where an answer stands in the draft.
pub struct FieldAccessor<D, T> {
    pub name: &'static str,
    pub get: fn(&D) -> &T,
    pub get_mut: fn(&mut D) -> &mut T,
}

// It holds a name and two functions, whatever they are of.
impl<D, T> Clone for FieldAccessor<D, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D, T> Copy for FieldAccessor<D, T> {}

/// The accessor of the answer of this name.
macro_rules! field {
    ($field:ident) => {
        $crate::components::form::draft::FieldAccessor {
            name: stringify!($field),
            get: |draft| &draft.$field,
            get_mut: |draft| &mut draft.$field,
        }
    };
}
pub(crate) use field;

impl<D: Answers> Draft<D> {
    /// What was refused before and is shown again; else these answers.
    pub fn new(answers: D, restored: Option<RestoredForm<D>>) -> Self {
        let RestoredForm { draft, problem, version: _ } = restored.unwrap_or(RestoredForm::new(answers, None));
        let new = Self {
            answers: RwSignal::new(draft),
            errors: RwSignal::new(FieldErrors::default()),
            problem: RwSignal::new(None),
        };
        if let Some(problem) = problem {
            new.refuse(problem);
        }
        new
    }

    /// Shows why it was refused.
    pub fn refuse(self, problem: Problem) {
        self.errors.set(problem.field_errors().cloned().unwrap_or_default());
        self.problem.set(Some(problem));
    }

    /// The answers, if all of them are right; else says what is not.
    pub fn checked(self) -> Option<D> {
        self.checked_with(std::convert::identity)
    }

    /// The same, with errors of fields that are not in the draft.
    pub fn checked_with(self, add: impl FnOnce(FieldErrors) -> FieldErrors) -> Option<D> {
        let answers = self.answers.get_untracked();
        let errors = add(answers.wrong());
        if errors.is_empty() {
            self.problem.set(None);
            return Some(answers);
        }
        self.refuse(Problem::Fields(errors));
        None
    }

    pub fn is_refused(self) -> Signal<bool> {
        Signal::derive(move || self.problem.with(Option::is_some))
    }

    /// The document's title, which says first when the form was refused.
    pub fn document_title(self, title: String) -> Signal<String> {
        Signal::derive(
            move || {
                if self.problem.with(Option::is_some) { format!("Error: {title}") } else { title.clone() }
            },
        )
    }

    pub fn error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.errors.with(|errors| errors.get(name).map(str::to_owned)))
    }

    /// An answer, followed as it changes.
    pub fn answer<T: Clone + PartialEq + Send + Sync + 'static>(self, field: FieldAccessor<D, T>) -> Signal<T> {
        Memo::new(move |_| self.answers.with(|answers| (field.get)(answers).clone())).into()
    }

    /// Changes an answer. A message goes away as soon as the answer is right.
    pub fn set<T>(self, field: FieldAccessor<D, T>, value: T) {
        self.answers.update(|draft| *(field.get_mut)(draft) = value);
        if self.errors.with_untracked(FieldErrors::is_empty) {
            return;
        }
        let now = self.answers.with_untracked(D::wrong);
        let follows = |other: &&str| {
            D::FOLLOWING.iter().any(|rule| rule.answers.contains(&field.name) && rule.fields.contains(other))
        };
        let changed = |other: &str| other == field.name || follows(&other);
        self.errors.update(|errors| {
            errors.0.retain(|error| !changed(&error.field) || now.get(&error.field).is_some());
        });
    }

    /// Checks the field that was left.
    pub fn check(self, name: &'static str) {
        let now = self.answers.with_untracked(D::wrong);
        let message = now.0.into_iter().find(|error| error.field == name);
        self.errors.update(|errors| {
            errors.0.retain(|error| error.field != name);
            errors.0.extend(message);
        });
    }
}

/// A text answer.
#[component]
pub fn Text<D: Answers>(
    draft: Draft<D>,
    field: FieldAccessor<D, String>,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    #[prop(optional)] kind: Kind,
    #[prop(optional, into)] off: Signal<bool>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let name = field.name;
    view! {
        <TextField
            name=name
            form_name=format!("draft[{name}]")
            label=label
            help=help
            kind=kind
            class=class
            off=off
            value=Signal::derive(move || draft.answers.with(|answers| (field.get)(answers).clone()))
            error=draft.error(name)
            on_input=Callback::new(move |text| draft.set(field, text))
            on_leave=Callback::new(move |name| draft.check(name))
        />
    }
}

/// A Yes/No answer.
#[component]
pub fn Question<D: Answers>(
    draft: Draft<D>,
    field: FieldAccessor<D, YesNo>,
    label: &'static str,
    #[prop(into)] help: ViewFn,
    #[prop(optional, into)] off: Signal<bool>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let name = field.name;
    view! {
        <YesNoField
            name=name
            form_name=format!("draft[{name}]")
            label=label
            help=help
            class=class
            yes=Signal::derive(move || draft.answers.with(|answers| (field.get)(answers).is_yes()))
            error=draft.error(name)
            off=off
            on_change=Callback::new(move |yes: bool| draft.set(field, YesNo::from(yes)))
        />
    }
}
