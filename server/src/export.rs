//! The report as a file that is downloaded, in pieces as they are read.

use std::io;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use backend::Backend;
use futures_util::stream::{self, StreamExt};
use model::{AccountFilter, Actor, ExportFormat, Problem};

use crate::refusal;

/// All accounts that the query asks for, in the format that the path ends with.
pub async fn accounts(
    State(backend): State<Backend>,
    Extension(actor): Extension<Actor>,
    Path(format): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let filter = AccountFilter::from_query(query.as_deref().unwrap_or_default());
    match answer(&backend, &actor, &format, &filter).await {
        Ok(response) => response,
        Err(problem) => refusal::answer(&headers, &problem),
    }
}

async fn answer(backend: &Backend, actor: &Actor, format: &str, filter: &AccountFilter) -> Result<Response, Problem> {
    let format = ExportFormat::from_key(format).ok_or_else(|| {
        let known = ExportFormat::ALL.map(ExportFormat::key).join(" and ");
        Problem::NotFound(format!("Reports are exported as {known}, not as “{format}”."))
    })?;
    let mut export = backend.export_accounts(actor, filter, format).await?;
    // What fails before anything is sent can still be said.
    let first = export.next().await.transpose()?.unwrap_or_default();
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", export.file_name)),
    ];
    // The compression asks once more behind the end.
    let rest = stream::unfold(export, async |mut export| Some((export.next().await?, export))).fuse();
    let pieces = stream::iter([Ok(first)]).chain(rest).map(|piece| piece.map_err(io::Error::other));
    Ok((headers, Body::from_stream(pieces)).into_response())
}
