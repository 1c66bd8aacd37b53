//! The work that a server's challenge asks for. A server chooses how much that is, so that hostile ones must not get
//! all cores: it has half of them, and the rest of it waits, within the time limit of its own stage.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

static CORES: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = available_parallelism().map_or(1, usize::from);
    Semaphore::new((cores / 2).max(1))
});

/// Does this work on a thread of its own, as soon as there is a core for it. The core is taken until the work is done,
/// also where nobody waits for it any more.
pub async fn do_work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let core = CORES.acquire().await.map_err(|error| error.to_string())?;
    let done = spawn_blocking(move || {
        let _core = core;
        work()
    });
    done.await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn work_waits_for_a_core_also_where_nobody_waits_for_the_work_before_it() {
        let cores = CORES.available_permits();
        let (end, ended) = mpsc::channel::<()>();
        let others: Vec<_> = (1..cores).map(|_| CORES.try_acquire().expect("it is free")).collect();
        let hostile = do_work(move || ended.recv().is_err());
        let mut hostile = Box::pin(hostile);
        assert!(hostile.as_mut().now_or_never().is_none(), "it works");
        // Its stage ended.
        drop(hostile);
        let mut honest = Box::pin(do_work(|| 42));
        assert!(honest.as_mut().now_or_never().is_none(), "no core is free");
        assert_eq!(CORES.available_permits(), 0);
        drop(end);
        assert_eq!(honest.await, Ok(42));
        drop(others);
    }
}
