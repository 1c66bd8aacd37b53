//! Files that are downloaded: the report, in pieces as they are read, and what a schedule sent.

use std::io;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use backend::{Backend, ByteOrderMark, FileOptions, RunFile};
use futures_util::stream::{self, StreamExt};
use model::{AccountFilter, Actor, ExportFormat, Filter, Problem, RunId};

use crate::http::refusal;

/// Asks for everything that an account holds, in place of the columns of the report.
const WHOLE: &str = "whole=Yes";
/// Asks for CSV without the byte-order mark, which is for spreadsheets and not for programs.
const WITHOUT_MARK: &str = "bom=No";

/// All accounts that the query asks for, in the format that the path ends with.
pub async fn accounts(
    State(backend): State<Backend>,
    Extension(actor): Extension<Actor>,
    Path(format): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match answer(&backend, &actor, &format, query.as_deref().unwrap_or_default()).await {
        Ok(response) => response,
        Err(problem) => refusal::answer(&headers, &problem),
    }
}

/// The file that a run of a schedule sent, while it is kept.
pub async fn run(
    State(backend): State<Backend>,
    Extension(actor): Extension<Actor>,
    Path(run): Path<String>,
    headers: HeaderMap,
) -> Response {
    let file = match run.parse() {
        Ok(run) => backend.find_run_file(&actor, RunId(run)).await,
        Err(_) => Err(Problem::NotFound(format!("There is no run “{run}”."))),
    };
    match file {
        Ok(RunFile { name, media_type, content }) => {
            let disposition = format!("attachment; filename=\"{name}\"");
            ([(CONTENT_TYPE, media_type), (CONTENT_DISPOSITION, disposition)], content).into_response()
        }
        Err(problem) => refusal::answer(&headers, &problem),
    }
}

async fn answer(backend: &Backend, actor: &Actor, format: &str, query: &str) -> Result<Response, Problem> {
    let format = ExportFormat::from_key(format).ok_or_else(|| {
        let [others @ .., last] = ExportFormat::ALL.map(ExportFormat::key);
        Problem::NotFound(format!("Reports are exported as {} and {last}, not as “{format}”.", others.join(", ")))
    })?;
    let filter = AccountFilter::from_query(query);
    let asks = |wanted: &str| query.split('&').any(|pair| pair == wanted);
    let mark = if asks(WITHOUT_MARK) { ByteOrderMark::Omitted } else { ByteOrderMark::Written };
    let options = FileOptions { format, mark };
    let mut export = if asks(WHOLE) {
        backend.export_whole_accounts(actor, &filter, options).await?
    } else {
        backend.export_accounts(actor, &filter, options).await?
    };
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
