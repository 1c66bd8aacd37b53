//! The form of a record: what was loaded and typed, saving it, and the page around its cards.
//!
//! It is a plain form of a server function, which works without WebAssembly. It is no `ActionForm`: the answers are
//! checked before they are sent, a secret leaves the page once it is saved, and what was saved by somebody else
//! meanwhile changes the version that is sent next.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::{FieldErrors, Problem};

use super::draft::{Draft, RecordAnswers};
use crate::api::{Fail, Notice, RestoredForm};
use crate::components::leave::AskBeforeLeaving;
use crate::components::page::{PageHead, Shared};
use crate::components::problem::Refusal;
use crate::components::stale::StaleRecord;

/// A record's form.
pub struct RecordForm<D: RecordAnswers> {
    pub draft: Draft<D>,
    /// The record as it was loaded, or as somebody else saved it since.
    pub saved: RwSignal<D>,
    /// The version that the next save replaces.
    pub version: RwSignal<i64>,
    /// The server has the answers, and has not answered yet.
    pub saving: RwSignal<bool>,
    /// It is saved: nothing is lost by leaving.
    done: RwSignal<bool>,
}

// A handle, whatever it is a handle to.
impl<D: RecordAnswers> Clone for RecordForm<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D: RecordAnswers> Copy for RecordForm<D> {}

impl<D: RecordAnswers> RecordForm<D> {
    pub fn new(version: i64, saved: D, restored: Option<RestoredForm<D>>) -> Self {
        let version = restored.as_ref().map_or(version, |restored| restored.replaces(version));
        Self {
            draft: Draft::new(saved.clone(), restored),
            saved: RwSignal::new(saved),
            version: RwSignal::new(version),
            saving: RwSignal::new(false),
            done: RwSignal::new(false),
        }
    }

    /// How many answers are not saved, with those that `more` counts.
    pub fn unsaved(self, more: impl Fn() -> usize + Send + Sync + 'static) -> Signal<usize> {
        let differing = Memo::new(move |_| {
            self.saved.with(|saved| self.draft.answers.with(|answers| answers.count_differences(saved)))
        });
        Signal::derive(move || if self.done.get() { 0 } else { differing.get() + more() })
    }

    /// The press on Save: the answers, if they are to be sent.
    pub fn submitted(self, event: &SubmitEvent) -> Option<D> {
        self.submitted_with(event, std::convert::identity)
    }

    /// The same, with errors of fields that are not in the draft.
    pub fn submitted_with(self, event: &SubmitEvent, add: impl FnOnce(FieldErrors) -> FieldErrors) -> Option<D> {
        event.prevent_default();
        if self.saving.get_untracked() || self.done.get_untracked() {
            return None;
        }
        let answers = self.draft.checked_with(add)?;
        self.saving.set(true);
        Some(answers)
    }

    /// Follows the action that saves: says what was saved on the page `then` gives, or why it was not.
    pub fn follow<S>(self, save: ServerAction<S>, then: impl Fn(S::Output) -> (Notice, String) + 'static)
    where
        S: ServerFn<Error = Fail> + Clone + Send + Sync + 'static,
        S::Output: Clone + Send + Sync + 'static,
    {
        let shared: Shared = expect_context();
        let navigate = use_navigate();
        Effect::new(move |_| match save.value().get() {
            None => {}
            Some(Ok(saved)) => {
                self.saving.set(false);
                self.done.set(true);
                let (notice, page) = then(saved);
                shared.tell(notice);
                navigate(&page, NavigateOptions::default());
            }
            Some(Err(Fail(problem))) => {
                self.saving.set(false);
                // What was said to differ may be saved on top of theirs.
                if let Problem::Conflict(conflict) = &problem {
                    self.version.set(conflict.version);
                }
                self.draft.refuse(problem);
            }
        });
    }
}

/// The heading of a record's form.
pub struct RecordHead {
    /// Which record, or that it is new.
    pub title: String,
    /// What kind of record.
    pub kind: &'static str,
    /// The page above it, and its address.
    pub parent: &'static str,
    pub parent_address: String,
}

/// The page of a record's form: its heading, why it was refused, its cards, and the bar that saves.
#[component]
pub fn RecordPage<D: RecordAnswers>(
    form: RecordForm<D>,
    head: RecordHead,
    /// Behind the kind of record.
    #[prop(optional, into)]
    number: ViewFn,
    /// Buttons beside the heading.
    #[prop(optional, into)]
    actions: ViewFn,
    /// Where it is posted to.
    action: &'static str,
    /// What it is opened for, as a hidden field.
    opened_for: (&'static str, String),
    /// The query of its address.
    list: String,
    /// How many answers are not saved.
    unsaved: Signal<usize>,
    on_submit: Callback<SubmitEvent>,
    /// Shows a problem otherwise than in the usual words.
    #[prop(optional)]
    show: Option<Callback<Problem, AnyView>>,
    /// Buttons beside Save.
    #[prop(optional, into)]
    buttons: ViewFn,
    /// Where Cancel leads.
    cancel: String,
    children: Children,
) -> impl IntoView {
    let RecordHead { title, kind, parent, parent_address } = head;
    let document_title = form.draft.document_title(format!("{title} · {kind}"));
    let problem = move || {
        form.draft.problem.get().map(|problem| match (problem, show) {
            (Problem::Conflict(conflict), _) => view! { <StaleRecord conflict=*conflict form=form /> }.into_any(),
            (problem, Some(show)) => show.run(problem),
            (problem, None) => view! { <Refusal problem=problem /> }.into_any(),
        })
    };
    let (opened_for, value) = opened_for;
    let saving = form.saving;
    view! {
        <PageHead title=Signal::stored(title) document_title=document_title actions=actions>
            <a href=parent_address.clone()>{parent}</a>
            " · "
            {kind}
            {number.run()}
        </PageHead>
        <AskBeforeLeaving changes=unsaved />
        <form class="form" action=action method="post" novalidate on:submit=move |event| on_submit.run(event)>
            <input type="hidden" name=opened_for value=value />
            <input type="hidden" name="version" value=move || form.version.get().to_string() />
            <input type="hidden" name="list" value=list />
            {problem}
            {children()}
            <div class="row card save-bar no-print">
                <button class="btn primary" aria-disabled=move || saving.get().then_some("true")>
                    {move || if saving.get() { "Saving" } else { "Save" }}
                </button>
                {buttons.run()}
                <a class="btn plain" href=cancel>"Cancel"</a>
                <span class="muted push-end wide-only">{move || unsaved_words(unsaved.get())}</span>
            </div>
        </form>
    }
}

/// What the bar says of answers that are not saved.
pub fn unsaved_words(changes: usize) -> String {
    match changes {
        0 => String::new(),
        1 => "1 change, not saved".to_owned(),
        n => format!("{n} changes, not saved"),
    }
}
