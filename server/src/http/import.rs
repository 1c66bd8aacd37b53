//! The file that is chosen to be imported: kept, and shown by the page before anything is done.

use app::paths;
use axum::Extension;
use axum::extract::{Multipart, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use backend::Backend;
use model::{Actor, Problem};

use crate::http::refusal;

/// The form of the page, as a browser posts it by itself.
pub async fn chosen(
    State(backend): State<Backend>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    match keep(&backend, &actor, form).await {
        Ok(page) => Redirect::to(&page).into_response(),
        Err(problem) => refusal::answer(&headers, &problem),
    }
}

async fn keep(backend: &Backend, actor: &Actor, mut form: Multipart) -> Result<String, Problem> {
    let broken = || Problem::Malformed("The file did not arrive as a whole. Choose it again.".to_owned());
    let (mut name, mut file, mut list) = (String::new(), None, String::new());
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        match field.name() {
            Some("list") => list = field.text().await.map_err(|_| broken())?,
            Some("file") => {
                name = field.file_name().unwrap_or_default().to_owned();
                file = Some(field.bytes().await.map_err(|_| broken())?);
            }
            _ => {}
        }
    }
    let file = file.ok_or_else(broken)?;
    let token = backend.keep_import(actor, &name, &file).await?;
    Ok(paths::import_of(&token, &list))
}
