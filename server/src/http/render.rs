//! Runs what a request asks for to its end, whether the client waits or leaves.
//!
//! A page is rendered on one thread from its beginning to the disposal of its reactive owner: dropping an owner on one
//! thread while another one reads a context from it blocks that thread for ever (`reactive_graph` 0.2.16,
//! `Owner::with_context`), and a render that is cut off keeps what it has allocated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::ACCEPT;
use axum::middleware::Next;
use axum::response::Response;
use model::Problem;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use tracing::Instrument;

use crate::http::refusal;

/// How many pages are rendered at once: enough to use the time that some wait for the database, and little memory.
const PAGES: u32 = 64;
/// How many server functions run at once: more, since some wait for a mail server or a proxy.
const FUNCTIONS: u32 = 128;
/// How long a request waits for its turn.
const TURN: Duration = Duration::from_secs(10);
/// How long a page may take: longer than the database may take to answer each of its queries.
const PAGE_TIME: Duration = Duration::from_secs(60);
/// How long the stop of the server waits for what nobody waits for any more.
const END_TIME: Duration = Duration::from_secs(3);

/// The threads that render pages, each with a runtime of its own. Clones share them; they end with the last clone.
#[derive(Clone)]
pub struct Renderer(Arc<Threads>);

struct Threads {
    handles: Vec<Handle>,
    /// Dropping one ends its thread.
    _stops: Vec<oneshot::Sender<()>>,
    next: AtomicUsize,
    pages: Arc<Semaphore>,
    functions: Arc<Semaphore>,
}

impl Renderer {
    /// Starts as many threads as the machine has processors.
    pub fn start() -> std::io::Result<Self> {
        let count = thread::available_parallelism().map_or(2, usize::from);
        let (mut handles, mut stops) = (Vec::new(), Vec::new());
        for number in 0..count {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (stop, stopped) = oneshot::channel::<()>();
            handles.push(runtime.handle().clone());
            stops.push(stop);
            thread::Builder::new().name(format!("render-{number}")).spawn(move || {
                // An error says that the sender is gone, which is the signal to end.
                runtime.block_on(stopped).ok();
            })?;
        }
        let (pages, functions) = (Semaphore::new(PAGES as usize), Semaphore::new(FUNCTIONS as usize));
        let (pages, functions) = (Arc::new(pages), Arc::new(functions));
        Ok(Self(Arc::new(Threads { handles, _stops: stops, next: AtomicUsize::new(0), pages, functions })))
    }

    /// The runtimes of the threads, for the watchdog.
    pub fn handles(&self) -> &[Handle] {
        &self.0.handles
    }

    /// Waits for what still runs although its client has left, but not for long.
    pub async fn finish(&self) {
        let all = async {
            let _pages = self.0.pages.acquire_many(PAGES).await;
            let _functions = self.0.functions.acquire_many(FUNCTIONS).await;
        };
        if timeout(END_TIME, all).await.is_err() {
            tracing::warn!("Requests whose clients had left were still running and are ended");
        }
    }

    fn next_thread(&self) -> &Handle {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed) % self.0.handles.len();
        &self.0.handles[number]
    }

    /// Waits for a turn, and no longer than the client does.
    async fn turn(&self, is_page: bool) -> Option<OwnedSemaphorePermit> {
        let turns = if is_page { &self.0.pages } else { &self.0.functions };
        timeout(TURN, Arc::clone(turns).acquire_owned()).await.ok()?.ok()
    }
}

/// Runs the inner service in a task that the client cannot cancel: pages on a rendering thread, and server functions,
/// whose changes are then never half done, beside the connections.
pub async fn layer(State(renderer): State<Renderer>, request: Request, next: Next) -> Response {
    let asked = request.headers().iter().filter(|(name, _)| *name == ACCEPT);
    let asked = asked.map(|(name, value)| (name.clone(), value.clone())).collect();
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(turn) = renderer.turn(is_page).await else {
        let text = "The server is busy. Nothing was changed; try again in a moment.";
        return refusal::answer(&asked, &Problem::Unavailable(text.to_owned()));
    };
    let (answer, answered) = oneshot::channel();
    let work = async move {
        let _turn = turn;
        // Whoever left before the work began wants none.
        if answer.is_closed() {
            return;
        }
        let response = if is_page { whole_page(next.run(request)).await } else { Some(next.run(request).await) };
        if let Some(response) = response {
            // The client may have left meanwhile.
            answer.send(response).ok();
        }
    };
    let work = work.in_current_span();
    if is_page {
        renderer.next_thread().spawn(work);
    } else {
        tokio::spawn(work);
    }
    // No answer: the work panicked, which is logged, or took too long.
    answered.await.unwrap_or_else(|_| refusal::answer(&asked, &Problem::Internal))
}

/// Waits for the page and all of its body: its owner is disposed behind the last piece.
async fn whole_page(page: impl Future<Output = Response>) -> Option<Response> {
    let collected = async {
        let (parts, body) = page.await.into_parts();
        let body = to_bytes(body, usize::MAX).await.ok()?;
        Some(Response::from_parts(parts, Body::from(body)))
    };
    let collected = timeout(PAGE_TIME, collected).await;
    if collected.is_err() {
        tracing::error!(seconds = PAGE_TIME.as_secs(), "A page took too long to render and was given up");
    }
    collected.ok().flatten()
}
