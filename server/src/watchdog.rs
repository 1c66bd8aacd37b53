//! Notices threads that stopped running tasks: one that is blocked for ever answers nobody and tells nobody.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

/// How often the threads are looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long a thread may run one task without giving way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the threads of some runtimes until it is dropped.
#[derive(Clone)]
pub struct Watchdog {
    blocked: Arc<AtomicUsize>,
    /// Dropping the last one ends the thread that looks.
    _running: Sender<()>,
}

impl Watchdog {
    /// Starts it. It has a thread of its own, which works when every other one is blocked.
    pub fn start(runtimes: Vec<Handle>) -> std::io::Result<Self> {
        let blocked = Arc::new(AtomicUsize::new(0));
        let (running, ended) = channel();
        let count = Arc::clone(&blocked);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
            let mut workers = Workers::default();
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let now = workers.count_blocked(&runtimes, Instant::now());
                let before = count.swap(now, Ordering::Relaxed);
                if now > before {
                    tracing::error!(threads = now, "Threads of the server are blocked: restart it");
                } else if now < before {
                    tracing::warn!(threads = now, "Threads of the server that were blocked run again");
                }
            }
        })?;
        Ok(Self { blocked, _running: running })
    }

    /// How many threads are blocked now.
    pub fn blocked(&self) -> usize {
        self.blocked.load(Ordering::Relaxed)
    }
}

/// What a worker thread had done when it was last seen to do something.
struct Seen {
    progress: (u64, Duration),
    at: Instant,
}

/// By the numbers of runtime and worker.
#[derive(Default)]
struct Workers(HashMap<(usize, usize), Seen>);

impl Workers {
    fn count_blocked(&mut self, runtimes: &[Handle], now: Instant) -> usize {
        let mut blocked = 0;
        for (number, runtime) in runtimes.iter().enumerate() {
            let metrics = runtime.metrics();
            for worker in 0..metrics.num_workers() {
                // Counts up when a worker begins to wait for work, and when it stops waiting: even while it works.
                let parked_or_unparked = metrics.worker_park_unpark_count(worker);
                let progress = (parked_or_unparked, metrics.worker_total_busy_duration(worker));
                let seen = self.0.entry((number, worker)).or_insert(Seen { progress, at: now });
                if seen.progress != progress {
                    *seen = Seen { progress, at: now };
                }
                let works = parked_or_unparked.is_multiple_of(2);
                if works && now.duration_since(seen.at) >= PATIENCE {
                    blocked += 1;
                }
            }
        }
        blocked
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use tokio::runtime::Builder;

    use super::*;

    /// Long enough for any machine.
    const LIMIT: Duration = Duration::from_secs(60);

    fn until(watchdog: &Watchdog, blocked: usize) {
        let end = Instant::now() + LIMIT;
        while watchdog.blocked() != blocked {
            assert!(Instant::now() < end, "{blocked} blocked threads: not seen within {LIMIT:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn a_blocked_thread_is_noticed_and_one_that_waits_for_work_is_not() {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let watchdog = Watchdog::start(vec![runtime.handle().clone()]).expect("a thread");
        let (go_on, wait) = channel::<()>();
        let (say_blocked, is_blocked) = channel();
        let blocked = runtime.spawn(async move {
            say_blocked.send(()).expect("the test waits");
            wait.recv().ok();
        });
        is_blocked.recv_timeout(LIMIT).expect("the task runs");
        until(&watchdog, 1);
        drop(go_on);
        runtime.block_on(blocked).expect("it goes on");
        until(&watchdog, 0);
    }

    #[test]
    fn a_thread_that_is_busy_with_many_tasks_is_not_blocked() {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let busy = runtime.spawn(async move {
            let mut stopped = stopped;
            while stopped.try_recv() == Err(tokio::sync::oneshot::error::TryRecvError::Empty) {
                tokio::task::yield_now().await;
            }
        });
        let mut workers = Workers::default();
        let handles = [runtime.handle().clone()];
        let begun = Instant::now();
        assert_eq!(workers.count_blocked(&handles, begun), 0);
        // Its progress shows before the patience ends, however late the next look is.
        let progress = |runtime: &Handle| runtime.metrics().worker_total_busy_duration(0);
        let first = progress(runtime.handle());
        while progress(runtime.handle()) == first {
            assert!(begun.elapsed() < LIMIT, "a busy worker makes progress");
            thread::yield_now();
        }
        assert_eq!(workers.count_blocked(&handles, begun + PATIENCE), 0);
        drop(stop);
        runtime.block_on(busy).expect("it ends");
    }
}
