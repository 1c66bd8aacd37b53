//! `/readyz`: whether the database answers and no thread is blocked. Anybody may ask, so the database is looked at once
//! a second at most, whoever asks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use backend::Backend;
use model::Problem;
use tokio::sync::Mutex;

use crate::watchdog::Watchdog;

/// How long what was found holds.
const HOLDS: Duration = Duration::from_secs(1);

type Outcome = Result<backend::Readiness, Problem>;

#[derive(Clone)]
pub struct Readiness {
    backend: Backend,
    watchdog: Watchdog,
    found: Latest,
}

impl Readiness {
    pub fn new(backend: &Backend, watchdog: Watchdog) -> Self {
        Self { backend: backend.clone(), watchdog, found: Latest::default() }
    }
}

pub async fn ready(State(Readiness { backend, watchdog, found }): State<Readiness>) -> Response {
    let ready = match watchdog.blocked() {
        0 => found.within(HOLDS, async move { backend.ready().await }).await,
        blocked => Err(Problem::Unavailable(format!("Blocked threads: {blocked}. Restart the server."))),
    };
    match ready {
        Ok(backend::Readiness { warnings }) => {
            let warnings = warnings.iter().map(|warning| format!("warning: {warning}\n"));
            format!("ready\n{}", warnings.collect::<String>()).into_response()
        }
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n")).into_response(),
    }
}

/// What was found last, and when. Whoever asks while somebody looks waits for what that one finds.
#[derive(Clone, Default)]
struct Latest(Arc<Mutex<Option<Found>>>);

struct Found {
    at: Instant,
    outcome: Outcome,
}

impl Latest {
    /// What was found not longer ago than this, or what is found now.
    async fn within(&self, age: Duration, look: impl Future<Output = Outcome> + Send + 'static) -> Outcome {
        let latest = self.clone();
        // Also when whoever asked has gone: the next one would look anew.
        let found = tokio::spawn(async move {
            let mut latest = latest.0.lock().await;
            match &*latest {
                Some(found) if found.at.elapsed() < age => found.outcome.clone(),
                _ => {
                    let outcome = look.await;
                    *latest = Some(Found { at: Instant::now(), outcome: outcome.clone() });
                    outcome
                }
            }
        });
        found.await.unwrap_or(Err(Problem::Internal))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_look_once() {
        let (latest, looks) = (Latest::default(), Arc::new(AtomicUsize::new(0)));
        let ask = |age: Duration| {
            let (latest, looks) = (latest.clone(), Arc::clone(&looks));
            async move {
                let look = async move {
                    tokio::task::yield_now().await;
                    looks.fetch_add(1, Ordering::Relaxed);
                    Ok(backend::Readiness::default())
                };
                latest.within(age, look).await
            }
        };
        let hour = Duration::from_secs(3600);
        // Who goes away before the answer leaves the look to the others.
        tokio::select! {
            biased;
            _ = ask(hour) => {}
            () = std::future::ready(()) => {}
        }
        let asked: Vec<_> = (0..50).map(|_| tokio::spawn(ask(hour))).collect();
        for asked in asked {
            assert!(asked.await.expect("it does not panic").is_ok());
        }
        assert_eq!(looks.load(Ordering::Relaxed), 1);
        assert!(ask(Duration::ZERO).await.is_ok());
        assert_eq!(looks.load(Ordering::Relaxed), 2, "what is too old is not said again");
    }
}
