//! A test send as it goes on, as server-sent events: each is a [`model::LiveReport`] as JSON; "end" is the last.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::HeaderName;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use backend::Backend;
use futures_util::stream::{Stream, unfold};
use model::{Actor, TestSendId};

/// A stage may be silent for minutes; what stands in between must not take that for the end.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// Ends at once where the test does not run in this program.
pub async fn events(
    State(backend): State<Backend>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<i64>,
) -> impl IntoResponse {
    // nginx collects an answer before it hands it on, unless it is told not to.
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    let follower = backend.follow_test(&actor, TestSendId(id));
    (unbuffered, Sse::new(progress_events(follower)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE)))
}

fn progress_events(follower: Option<backend::ProgressReader>) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold(Some(follower), |state| async move {
        let mut follower = state?;
        let next = match &mut follower {
            Some(follower) => follower.next().await,
            None => None,
        };
        // What cannot be written as JSON is not told; the page asks for the end then.
        match next.and_then(|report| Event::default().json_data(report).ok()) {
            Some(event) => Some((Ok(event), Some(follower))),
            None => Some((Ok(Event::default().event("end").data("")), None)),
        }
    })
}
