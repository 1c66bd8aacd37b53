//! What a page knows of its reader: read before the page is rendered, so that no part of it waits for another.

use app::api::people::Viewer;
use app::ssr;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use backend::Backend;
use model::Actor;
use tower_sessions::Session;

/// Puts it into the request of a page.
pub async fn layer(State(backend): State<Backend>, mut request: Request, next: Next) -> Response {
    if request.method() == Method::GET && !request.uri().path().starts_with("/api/") {
        let actor = request.extensions().get::<Actor>().cloned();
        let session = request.extensions().get::<Session>().cloned();
        let theme = ssr::theme_in(request.headers(), ssr::is_https(request.extensions()));
        let mut viewer = Viewer { theme, ..Viewer::default() };
        if let Some(actor) = actor {
            // What cannot be read now is no reason to show no page.
            viewer.unseen = backend.count_unseen_schedules(&actor).await.unwrap_or(0);
            viewer.views = backend.list_views(&actor).await.unwrap_or_default();
            viewer.email = Some(actor.email.to_string());
        }
        if let Some(session) = session {
            viewer.notice = ssr::take_notice(&backend, &session).await;
        }
        request.extensions_mut().insert(viewer);
    }
    next.run(request).await
}
