//! Deleted credentials, connectors, schedules and views: brought back for 30 days.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::RecordKind;
use serde::{Deserialize, Serialize};

use super::{Fail, FormInit};

/// What the form of a deleted record begins with: its name, or the one that was typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeletedForm {
    pub kind: RecordKind,
    pub init: FormInit<String, String>,
}

/// Brings a deleted record back, under another name if its own was taken meanwhile.
#[server(endpoint = "restore_record")]
pub async fn restore_record(
    kind: RecordKind,
    id: i64,
    #[server(default)] name: String,
    #[server(default)] list: String,
) -> Result<(), Fail> {
    use model::DeletedRecord;

    use crate::{paths, ssr};
    let record = DeletedRecord { kind, id };
    let wanted = (!name.trim().is_empty()).then_some(name.as_str());
    let result = ssr::backend().restore_record(&ssr::actor()?, record, wanted).await;
    let next = |name: &String| ssr::Next::to(paths::list_of(kind, &list)).saying(format!("“{name}” is back."));
    ssr::answer_form(result, &paths::restore_record(record, &list), name, next).await.map(drop)
}

/// The name that was typed for a deleted record, and why it could not be brought back.
#[server(endpoint = "load_deleted_record", input = Json)]
pub async fn load_deleted_record(record_kind: String, id: i64) -> Result<DeletedForm, Fail> {
    use model::{DeletedRecord, Problem};

    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let unknown = || Problem::NotFound(format!("There are no records of the kind “{record_kind}”."));
    let kind = ssr::loaded(RecordKind::from_key(&record_kind).ok_or_else(unknown))?;
    let record = DeletedRecord { kind, id };
    let name = backend.deleted_record_name(&actor, record).await;
    Ok(DeletedForm { kind, init: ssr::load_form(name, &paths::restore_record(record, "")).await? })
}
