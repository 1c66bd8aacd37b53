//! The test sends that run in this program: each can be followed, and cancelled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::TestSendId;
use smtp::ProgressFeed;

#[derive(Default)]
pub struct Running(Mutex<HashMap<TestSendId, Arc<ProgressFeed>>>);

impl Running {
    /// One that begins; it counts as running until the guard is dropped.
    pub fn begin(&self, id: TestSendId) -> Guard<'_> {
        let live = Arc::new(ProgressFeed::default());
        self.all().insert(id, Arc::clone(&live));
        Guard { running: self, id, live }
    }

    pub fn find(&self, id: TestSendId) -> Option<Arc<ProgressFeed>> {
        self.all().get(&id).cloned()
    }

    /// Cancels each whose message was not handed over yet.
    pub fn cancel_all(&self) {
        for live in self.all().values() {
            live.cancel();
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<TestSendId, Arc<ProgressFeed>>> {
        // Nothing is half done in it, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Guard<'a> {
    running: &'a Running,
    id: TestSendId,
    pub live: Arc<ProgressFeed>,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.running.all().remove(&self.id);
    }
}
