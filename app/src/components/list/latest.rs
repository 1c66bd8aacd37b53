//! The answers to what a list was asked. The page begins with the first; each question after it is asked at once, and
//! an answer counts only while its question is the newest. A `Resource` would hold it up until the one before it is
//! answered.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Fail;
use crate::components::load::{PageJson, resource};
use crate::components::page::Shared;

/// An answer that takes longer is said to be searched for.
const LATE: Duration = Duration::from_millis(300);

/// From a question that got no answer at all to the next try.
const AGAIN: Duration = Duration::from_secs(5);

/// What was answered.
pub type Answer<T> = Result<T, Fail>;
/// An answer that is on its way.
pub type Asking<T> = Pin<Box<dyn Future<Output = Answer<T>> + Send>>;

/// The newest answer, and the ways to ask for another.
pub struct Latest<F: Send + Sync + 'static, T: Send + Sync + 'static> {
    /// None where the first answer came with the page.
    first: Option<Resource<Answer<T>, PageJson>>,
    newest: RwSignal<Option<Answer<T>>>,
    asked: StoredValue<u32>,
    late: RwSignal<bool>,
    wanted: Signal<F>,
    question: fn(F) -> Asking<T>,
    shared: Shared,
}

// A handle, whatever it is a handle to.
impl<F: Send + Sync, T: Send + Sync> Clone for Latest<F, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Send + Sync, T: Send + Sync> Copy for Latest<F, T> {}

impl<F, T> Latest<F, T>
where
    F: Clone + PartialEq + Send + Sync + 'static,
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    /// Asks for what is wanted, and again as soon as that is something else, or a record was changed.
    pub fn new(wanted: Signal<F>, question: fn(F) -> Asking<T>) -> Self {
        let filter = wanted.get_untracked();
        let first = resource(|| (), move |()| question(filter.clone()));
        Self::of(Some(first), None, wanted, question)
    }

    /// With the first answer, which is there already.
    pub fn starting_with(first: Answer<T>, wanted: Signal<F>, question: fn(F) -> Asking<T>) -> Self {
        Self::of(None, Some(first), wanted, question)
    }

    fn of(
        first: Option<Resource<Answer<T>, PageJson>>,
        newest: Option<Answer<T>>,
        wanted: Signal<F>,
        question: fn(F) -> Asking<T>,
    ) -> Self {
        let latest = Self {
            first,
            newest: RwSignal::new(newest),
            asked: StoredValue::new(0),
            late: RwSignal::new(false),
            wanted,
            question,
            shared: expect_context(),
        };
        Effect::new(move |before: Option<(F, u32)>| {
            let now = (wanted.get(), latest.shared.changes.get());
            if before.is_some_and(|before| before != now) {
                latest.ask(now.0.clone());
            }
            now
        });
        latest
    }

    /// Whether the first answer is still to come.
    pub fn is_awaited(self) -> bool {
        self.first.is_some()
    }

    /// Reads the newest answer.
    pub fn with<R>(self, read: impl FnOnce(Option<&Answer<T>>) -> R) -> R {
        match (self.newest.with(Option::is_some), self.first) {
            (false, Some(first)) => first.with(|answer| read(answer.as_ref())),
            _ => self.newest.with(|answer| read(answer.as_ref())),
        }
    }

    /// The page that the newest answer gave.
    pub fn page(self) -> Signal<Option<T>> {
        Signal::derive(move || self.with(|answer| answer?.as_ref().ok().cloned()))
    }

    /// Asks the same once more.
    pub fn ask_again(self) {
        self.ask(self.wanted.get_untracked());
    }

    fn ask(self, filter: F) {
        let number = self.asked.get_value() + 1;
        self.asked.set_value(number);
        self.late.set(true);
        leptos::task::spawn_local(async move {
            let answer = (self.question)(filter.clone()).await;
            // The page may have been left meanwhile.
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            let unanswered = answer.as_ref().is_err_and(Fail::is_unanswered);
            self.shared.offline.set(unanswered);
            if unanswered {
                set_timeout(move || _ = (self.asked.try_get_value() == Some(number)).then(|| self.ask(filter)), AGAIN);
            }
            self.newest.set(Some(answer));
            self.late.set(false);
        });
    }

    /// True once an answer has been late for 300 ms, until it is there.
    pub fn searching(self) -> Signal<bool> {
        let searching = RwSignal::new(false);
        let timer = StoredValue::new(None::<TimeoutHandle>);
        let late = self.late;
        Effect::new(move |_| {
            if let Some(handle) = timer.try_update_value(Option::take).flatten() {
                handle.clear();
            }
            if late.get() {
                timer.set_value(set_timeout_with_handle(move || _ = searching.try_set(true), LATE).ok())
            } else {
                searching.set(false)
            }
        });
        searching.into()
    }
}
