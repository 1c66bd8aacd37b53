//! Bringing deleted records back within 30 days: credentials, connectors, schedules and views.

use model::{
    Actor, ConnectorId, CredentialId, DeletedRecord, Problem, RecordKind, RecordName, ScheduleId, ViewId, ViewName,
};
use store::{connectors as stored_connectors, credentials, not_deleted, schedules as stored_schedules, views};

use crate::credentials::rules;
use crate::{Backend, connectors, schedules};

impl Backend {
    /// Brings a deleted record back, under another name if one is given, and gives its name.
    pub async fn restore_record(
        &self,
        actor: &Actor,
        record: DeletedRecord,
        new_name: Option<&str>,
    ) -> Result<String, Problem> {
        let DeletedRecord { kind, id } = record;
        let wrong = |message| Problem::field("name", message);
        let name = || new_name.map(RecordName::parse).transpose().map_err(wrong);
        match kind {
            RecordKind::Credential => {
                let name = &name()?;
                self.store().write(move |tx| rules::restore(tx, actor, CredentialId(id), name.as_ref())).await
            }
            RecordKind::Connector => {
                let name = &name()?;
                self.store().write(move |tx| connectors::restore(tx, actor, ConnectorId(id), name.as_ref())).await
            }
            RecordKind::Schedule => {
                let (name, limits) = (&name()?, &self.inner.reports);
                let restore = move |tx| schedules::restore(tx, actor, ScheduleId(id), name.as_ref(), limits);
                self.store().write(restore).await
            }
            RecordKind::View => {
                let name = &new_name.map(ViewName::parse).transpose().map_err(wrong)?;
                self.store().write(move |tx| crate::views::restore(tx, actor, ViewId(id), name.as_ref())).await
            }
        }
    }

    /// The name that a deleted record had.
    pub async fn deleted_record_name(&self, actor: &Actor, record: DeletedRecord) -> Result<String, Problem> {
        let DeletedRecord { kind, id } = record;
        let db = self.store().db();
        let find = async {
            let (name, deleted_at) = match kind {
                RecordKind::Credential => {
                    let record = credentials::find_any(db, CredentialId(id)).await?;
                    (record.name.to_string(), record.deleted_at)
                }
                RecordKind::Connector => {
                    let record = stored_connectors::find_any(db, ConnectorId(id)).await?;
                    (record.name.to_string(), record.deleted_at)
                }
                RecordKind::Schedule => {
                    let record = stored_schedules::find_any(db, ScheduleId(id)).await?;
                    (record.name.to_string(), record.deleted_at)
                }
                RecordKind::View => {
                    let record = views::find_own(db, actor.id, ViewId(id)).await?;
                    (record.name.to_string(), record.deleted_at)
                }
            };
            match deleted_at {
                Some(_) => Ok(name),
                None => Err(not_deleted(&name)),
            }
        };
        self.store().read(find).await
    }
}
